import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './child.ts';

export interface LeafOptions {
  readonly usage: 'clientAuth' | 'serverAuth';
  readonly san?: string;
  /** `openssl ca` times, YYYYMMDDHHMMSSZ; left out, the certificate is valid now. */
  readonly from?: string;
  readonly until?: string;
}

/**
 * A certificate authority made with the openssl command, so that certificates in these tests owe
 * nothing to the code under test. It can also issue what a careful authority never would.
 */
export class OpensslAuthority {
  readonly certificate: string;
  readonly key: string;
  readonly #work: string;

  private constructor(work: string, certificate: string, key: string) {
    this.#work = work;
    this.certificate = certificate;
    this.key = key;
  }

  /** Makes a new authority below `dir`. */
  static async create(dir: string, name = 'Some CA'): Promise<OpensslAuthority> {
    mkdirSync(dir, { recursive: true });
    const [cert, key] = [join(dir, 'ca.pem'), join(dir, 'ca-key.pem')];
    const self = ['req', '-x509', '-nodes', '-days', '2', '-subj', `/CN=${name}`];
    await mustRun('openssl', [...self, ...NEW_KEY, '-keyout', key, '-out', cert]);
    return OpensslAuthority.open(dir, cert, key);
  }

  /** Takes over an authority whose certificate and key exist; `dir` is for work files. */
  static open(dir: string, certificate: string, key: string): OpensslAuthority {
    mkdirSync(join(dir, 'issued'), { recursive: true });
    writeFileSync(join(dir, 'index.txt'), '');
    writeFileSync(join(dir, 'index.txt.attr'), 'unique_subject = no\n');
    writeFileSync(join(dir, 'ca.cnf'), configuration(dir));
    return new OpensslAuthority(dir, certificate, key);
  }

  /** Issues a key pair into `dir` as ca.pem, cert.pem and key.pem: a DOCKER_CERT_PATH. */
  async issue(dir: string, name: string, options: LeafOptions): Promise<string> {
    mkdirSync(dir, { recursive: true });
    const [key, csr, ext] = [join(dir, 'key.pem'), join(dir, 'csr.pem'), join(dir, 'ext.cnf')];
    const request = ['req', '-new', '-nodes', '-subj', `/CN=${name}`, ...NEW_KEY];
    await mustRun('openssl', [...request, '-keyout', key, '-out', csr]);
    writeFileSync(ext, extensions(options));
    await mustRun('openssl', [
      ...['ca', '-batch', '-notext', '-config', join(this.#work, 'ca.cnf')],
      ...['-cert', this.certificate, '-keyfile', this.key, '-extfile', ext],
      ...['-in', csr, '-out', join(dir, 'cert.pem')],
      ...(options.from === undefined ? [] : ['-startdate', options.from]),
      ...(options.until === undefined ? ['-days', '1'] : ['-enddate', options.until]),
    ]);
    copyFileSync(this.certificate, join(dir, 'ca.pem'));
    chmodSync(key, 0o600);
    return dir;
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

function extensions({ usage, san }: LeafOptions): string {
  const names = san === undefined ? '' : `subjectAltName=${san}\n`;
  return `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=${usage}\n${names}`;
}

function configuration(dir: string): string {
  return `[ca]
default_ca = here
[here]
database = ${join(dir, 'index.txt')}
new_certs_dir = ${join(dir, 'issued')}
rand_serial = yes
default_md = sha256
policy = any
email_in_dn = no
[any]
commonName = supplied
`;
}
