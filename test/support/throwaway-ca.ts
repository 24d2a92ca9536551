/**
 * A working authority for tests, made at run time with the code that makes the real ones. It issues
 * what the gate should accept, and through `hostile` what it should not.
 */
import { randomBytes, type X509Certificate } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { issueCertificate } from '../../src/pki/certificate.ts';
import {
  authorityKeyId,
  basicConstraints,
  EKU,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyId,
  type Extension,
} from '../../src/pki/extensions.ts';
import {
  generateKeys,
  keyIdentifier,
  privateKeyPem,
  type KeyPair,
  type KeySpec,
} from '../../src/pki/keys.ts';
import { distinguishedName, type NameAttribute } from '../../src/pki/names.ts';
import { parseSan } from '../../src/pki/sans.ts';

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A certificate and its key, as PEM and as objects. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  /** As `X509Certificate.fingerprint256` has it: SHA-256, upper case, colons. */
  readonly fingerprint: string;
  /** Upper-case hex, as Node shows it. */
  readonly serial: string;
  readonly certificate: X509Certificate;
  readonly keys: KeyPair;
}

/** What a certificate says; everything has an honest default. */
export interface IssueOptions {
  readonly subject?: readonly NameAttribute[];
  /** OIDs of the extended key usage; an empty list leaves the extension out. */
  readonly purposes?: readonly string[];
  readonly sans?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly serial?: Uint8Array;
  readonly keySpec?: KeySpec;
  /** Instead of all extensions. */
  readonly extensions?: (keys: KeyPair) => readonly Extension[];
}

export interface CaOptions extends IssueOptions {
  /** The CN; two CAs may share it. */
  readonly name?: string;
}

type Overrides = Omit<IssueOptions, 'subject'>;

/** Issues under the name and key of any certificate, a CA's or not. */
class Issuer implements Issued {
  readonly cert: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly serial: string;
  readonly certificate: X509Certificate;
  readonly keys: KeyPair;
  readonly subject: readonly NameAttribute[];

  constructor(issued: Issued, subject: readonly NameAttribute[]) {
    ({
      cert: this.cert,
      key: this.key,
      fingerprint: this.fingerprint,
      serial: this.serial,
      certificate: this.certificate,
      keys: this.keys,
    } = issued);
    this.subject = subject;
  }

  async issue(options: IssueOptions = {}): Promise<Issued> {
    const keys = await generateKeys(options.keySpec ?? { type: 'ecdsa' });
    return makeCertificate(this, keys, options);
  }

  /** For `localhost`, 127.0.0.1 and ::1 unless `sans` says otherwise. */
  server(options: IssueOptions = {}): Promise<Issued> {
    return this.issue({
      subject: [{ type: 'CN', value: 'throwaway server' }],
      purposes: [EKU.serverAuth],
      sans: ['localhost', '127.0.0.1', '::1'],
      ...options,
    });
  }

  client(name: string, options: Overrides = {}): Promise<Issued> {
    const subject: NameAttribute[] = [{ type: 'CN', value: name }];
    return this.issue({ subject, purposes: [EKU.clientAuth], ...options });
  }

  /** A CA below this one. Give its `cert` along with what it issues. */
  async intermediate(options: CaOptions = {}): Promise<ThrowawayCa> {
    const subject = caSubject(options);
    const issued = await this.issue({ subject, extensions: caExtensions(this.keys), ...options });
    return new ThrowawayCa(issued, subject);
  }

  /** Another certificate for the name and the key of a CA, signed by this one: a renewal, or a cross-signed one. */
  certify(
    { subject, keys }: ThrowawayCa,
    options: Pick<CaOptions, 'notBefore' | 'notAfter'> = {},
  ): ThrowawayCa {
    const extensions = caExtensions(this.keys);
    const issued = makeCertificate(this, keys, { subject, extensions, ...options });
    return new ThrowawayCa(issued, subject);
  }
}

export class ThrowawayCa extends Issuer {
  /** Certificates to be turned away, each with one thing wrong. */
  readonly hostile = {
    expired: (name: string) =>
      this.client(name, { notBefore: fromNow(-2 * DAY_MS), notAfter: fromNow(-HOUR_MS) }),
    notYetValid: (name: string) =>
      this.client(name, { notBefore: fromNow(HOUR_MS), notAfter: fromNow(DAY_MS) }),
    serverAuthOnly: (name: string) => this.client(name, { purposes: [EKU.serverAuth] }),
    codeSigningOnly: (name: string) => this.client(name, { purposes: [EKU.codeSigning] }),
    anyPurposeOnly: (name: string) => this.client(name, { purposes: [EKU.any] }),
    /** No extended key usage at all, which OpenSSL takes for "every purpose". */
    noPurpose: (name: string) => this.client(name, { purposes: [] }),
    weakRsa: (name: string) => this.client(name, { keySpec: { type: 'rsa', bits: 1024 } }),
    withSerial: (name: string, serial: Uint8Array) => this.client(name, { serial }),
    /** One CN for each name, each in an attribute of its own; none for an empty list. */
    withNames: (...names: readonly string[]) =>
      this.issue({
        subject: names.map((value) => ({ type: 'CN', value })),
        purposes: [EKU.clientAuth],
      }),
    /** Signed by another CA that calls itself the same. */
    forged: async (name: string) =>
      (await createThrowawayCa({ subject: this.subject })).client(name),
    selfSigned: (name: string) => selfSigned(name),
    /** Signed by an honest client's key: `chain` is that client's certificate. */
    signedByLeaf: async (name: string) => {
      const leaf = await this.client('leaf');
      const issuer = new Issuer(leaf, [{ type: 'CN', value: 'leaf' }]);
      return { ...(await issuer.client(name)), chain: leaf.cert };
    },
  };

  /** The layout that `init-certs` makes, with its modes; returns `dir`. */
  async writeCertsDir(
    dir: string,
    options: { readonly clients?: readonly string[]; readonly server?: IssueOptions } = {},
  ): Promise<string> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await writePair(dir, 'ca.pem', 'ca-key.pem', this);
    await writePair(dir, 'server-cert.pem', 'server-key.pem', await this.server(options.server));
    for (const name of options.clients ?? ['alice']) {
      const home = join(dir, 'clients', name);
      await mkdir(home, { recursive: true, mode: 0o700 });
      await writePair(home, 'cert.pem', 'key.pem', await this.client(name));
      await writeMode(join(home, 'ca.pem'), this.cert, 0o644);
    }
    return dir;
  }
}

/** A new root CA, valid from yesterday for ten days unless told otherwise. */
export async function createThrowawayCa(options: CaOptions = {}): Promise<ThrowawayCa> {
  const keys = await generateKeys(options.keySpec ?? { type: 'ecdsa' });
  const subject = caSubject(options);
  const issued = makeCertificate({ subject, keys }, keys, {
    subject,
    extensions: caExtensions(keys),
    ...options,
  });
  return new ThrowawayCa(issued, subject);
}

async function selfSigned(cn: string): Promise<Issued> {
  const keys = await generateKeys({ type: 'ecdsa' });
  const subject: NameAttribute[] = [{ type: 'CN', value: cn }];
  return makeCertificate({ subject, keys }, keys, { subject, purposes: [EKU.clientAuth] });
}

function makeCertificate(
  issuer: { readonly subject: readonly NameAttribute[]; readonly keys: KeyPair },
  keys: KeyPair,
  options: IssueOptions,
): Issued {
  const certificate = issueCertificate(
    {
      subject: distinguishedName(options.subject ?? []),
      publicKey: keys.publicKey,
      notBefore: options.notBefore ?? fromNow(-DAY_MS),
      notAfter: options.notAfter ?? fromNow(9 * DAY_MS),
      extensions: options.extensions?.(keys) ?? leafExtensions(issuer.keys, keys, options),
      ...(options.serial && { serial: options.serial }),
    },
    { name: distinguishedName(issuer.subject), key: issuer.keys.privateKey },
  );
  return {
    cert: certificate.toString(),
    key: privateKeyPem(keys.privateKey),
    fingerprint: certificate.fingerprint256,
    serial: certificate.serialNumber,
    certificate,
    keys,
  };
}

function leafExtensions(
  issuer: KeyPair,
  { publicKey }: KeyPair,
  { purposes = [], sans = [] }: IssueOptions,
): readonly Extension[] {
  return [
    basicConstraints(false),
    keyUsage('digitalSignature'),
    ...(purposes.length > 0 ? [extendedKeyUsage(...purposes)] : []),
    subjectKeyId(keyIdentifier(publicKey)),
    authorityKeyId(keyIdentifier(issuer.publicKey)),
    ...(sans.length > 0 ? [subjectAltName(sans.map(parseSan))] : []),
  ];
}

/** Path length 1, so that an intermediate below a root is honest. */
const caExtensions =
  (issuer: KeyPair) =>
  ({ publicKey }: KeyPair): readonly Extension[] => [
    basicConstraints({ pathLength: 1 }),
    keyUsage('keyCertSign', 'cRLSign'),
    subjectKeyId(keyIdentifier(publicKey)),
    authorityKeyId(keyIdentifier(issuer.publicKey)),
  ];

/** A name of its own for every CA, unless two shall share one. */
function caSubject({ subject, name }: CaOptions): readonly NameAttribute[] {
  const value = name ?? `throwaway CA ${randomBytes(4).toString('hex')}`;
  return subject ?? [{ type: 'CN', value }];
}

const fromNow = (ms: number): Date => new Date(Date.now() + ms);

async function writePair(dir: string, cert: string, key: string, issued: Issued): Promise<void> {
  await writeMode(join(dir, key), issued.key, 0o600);
  await writeMode(join(dir, cert), issued.cert, 0o644);
}

/** The umask does not matter. */
async function writeMode(path: string, data: string, mode: number): Promise<void> {
  await writeFile(path, data, { mode });
  await chmod(path, mode);
}
