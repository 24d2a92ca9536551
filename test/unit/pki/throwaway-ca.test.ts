import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { initCertificates } from '../../../src/pki/init.ts';
import { createThrowawayCa, type Issued, type ThrowawayCa } from '../../support/throwaway-ca.ts';
import { HOST, temporaryDirectory } from './helpers.ts';
import { handshake } from './tls.ts';

let ca: ThrowawayCa;
let server: Issued;

beforeAll(async () => {
  ca = await createThrowawayCa();
  server = await ca.server();
});

const verdict = async (client: { cert: string; key: string }): Promise<string> =>
  (await handshake(ca.cert, { server, client, host: 'localhost' })).server;

describe('the throwaway authority', () => {
  it('issues clients that are accepted', async () => {
    expect(await verdict(await ca.client('alice'))).toBe('authorized');
    expect(await verdict(await ca.hostile.noPurpose('alice'))).toBe('authorized');
    expect(await verdict(await ca.hostile.withNames('a', 'b'))).toBe('authorized');
    expect(await verdict(await ca.hostile.withNames())).toBe('authorized');
    expect(await verdict(await ca.hostile.withNames('a\nb\0c'))).toBe('authorized');
  });

  it('issues what OpenSSL turns away, each for its reason', async () => {
    const { hostile } = ca;
    expect({
      expired: await verdict(await hostile.expired('x')),
      notYetValid: await verdict(await hostile.notYetValid('x')),
      serverAuthOnly: await verdict(await hostile.serverAuthOnly('x')),
      codeSigningOnly: await verdict(await hostile.codeSigningOnly('x')),
      anyPurposeOnly: await verdict(await hostile.anyPurposeOnly('x')),
      forged: await verdict(await hostile.forged('x')),
      selfSigned: await verdict(await hostile.selfSigned('x')),
    }).toEqual({
      expired: 'CERT_HAS_EXPIRED',
      notYetValid: 'CERT_NOT_YET_VALID',
      serverAuthOnly: 'INVALID_PURPOSE',
      codeSigningOnly: 'INVALID_PURPOSE',
      anyPurposeOnly: 'INVALID_PURPOSE',
      forged: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      selfSigned: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  });

  it('issues below an intermediate, accepted with it and refused without', async () => {
    const intermediate = await ca.intermediate();
    const { cert, key } = await intermediate.client('alice');
    expect(await verdict({ cert: cert + intermediate.cert, key })).toBe('authorized');
    expect(await verdict({ cert, key })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('issues below a leaf, refused with the whole chain', async () => {
    // Node 20 has no word for OpenSSL's "invalid CA".
    const { cert, key, chain } = await ca.hostile.signedByLeaf('alice');
    expect(await verdict({ cert: cert + chain, key })).toMatch(/^(INVALID_CA|UNSPECIFIED)$/);
  });

  it('takes a serial, and tells the fingerprint as Node does', async () => {
    const serial = Buffer.from('00ff01', 'hex');
    const issued = await ca.hostile.withSerial('alice', serial);
    expect(issued.certificate.serialNumber).toBe('FF01');
    expect(issued.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const weak = await ca.hostile.weakRsa('alice');
    expect(weak.keys.publicKey.asymmetricKeyDetails?.modulusLength).toBe(1024);
  });

  it('writes a directory that init-certs finds complete', async () => {
    const dir = join(await temporaryDirectory(), 'certs');
    await ca.writeCertsDir(dir, { clients: ['alice', 'bob'] });
    const clients = ['alice', 'bob'];
    const { created, kept } = await initCertificates({
      dir,
      sans: ['localhost'],
      clients,
      host: HOST,
    });
    expect(created).toEqual([]);
    expect(kept.map(({ detail }) => detail ?? '').join('')).toMatch(/^valid until [\d-]+$/);
    expect(await readFile(join(dir, 'clients/bob/ca.pem'), 'utf8')).toBe(ca.cert);
  });
});
