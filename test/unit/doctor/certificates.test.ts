import { beforeAll, describe, expect, it } from 'vitest';
import {
  checkChain,
  checkKeyMatches,
  checkPem,
  checkPurpose,
} from '../../../src/doctor/certificates.ts';
import { parseCertificates, parseKey } from '../../../src/doctor/material.ts';
import { privateKeyPem } from '../../../src/pki/keys.ts';
import { createThrowawayCa, type Issued, type ThrowawayCa } from '../../support/throwaway-ca.ts';
import { file, materialOf, unseen } from './helpers.ts';

const subject = { purpose: 'server', renew: 'renew it' } as const;
let ca: ThrowawayCa;
let other: ThrowawayCa;
let server: Issued;

beforeAll(async () => {
  ca = await createThrowawayCa();
  other = await createThrowawayCa();
  server = await ca.server();
});

describe('PEM', () => {
  const pem = (cert: string | undefined, key: string | undefined) =>
    checkPem(
      {
        ca: parseCertificates(file('ca.pem', ca.cert)),
        cert: parseCertificates(cert === undefined ? unseen('c.pem') : file('c.pem', cert)),
        key: parseKey(key === undefined ? unseen('k.pem') : file('k.pem', key)),
      },
      subject,
      'k.pem',
    );

  it('passes what can be read', () => {
    expect(pem(server.cert, server.key)).toMatchObject({ state: 'ok' });
  });

  it.each([
    ['', 'c.pem is empty'],
    ['junk', 'c.pem holds no certificate in PEM'],
    [
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      'c.pem holds a certificate that cannot be read',
    ],
  ])('fails a certificate of %j', (text, found) => {
    expect(pem(text, server.key)).toMatchObject({ state: 'failed', found });
  });

  it('fails an encrypted key, and says how to write it anew', () => {
    const check = pem(server.cert, privateKeyPem(server.keys.privateKey, 'secret'));
    expect(check).toMatchObject({ state: 'failed', found: 'k.pem is encrypted' });
    expect(check.fix).toContain('openssl pkey -in k.pem');
  });

  it('leaves missing files to the check of files', () => {
    expect(pem(undefined, undefined)).toMatchObject({ state: 'skipped' });
  });
});

describe('key matches', () => {
  it('passes the certificate’s own key', () => {
    expect(checkKeyMatches(materialOf(ca, server), subject)).toMatchObject({ state: 'ok' });
  });

  it('fails another key', async () => {
    const check = checkKeyMatches(materialOf(ca, server, await ca.server()), subject);
    expect(check.state).toBe('failed');
    expect(check.fix).toContain('renew it');
  });
});

describe('chain', () => {
  it('passes a leaf of the CA', () => {
    expect(checkChain(materialOf(ca, server), subject)).toMatchObject({ state: 'ok' });
  });

  it('passes a leaf below an intermediate that stands beside it', async () => {
    const between = await ca.intermediate();
    const leaf = await between.server();
    const material = { ...materialOf(ca, leaf), cert: [leaf.certificate, between.certificate] };
    expect(checkChain(material as never, subject)).toMatchObject({ state: 'ok' });
    expect(checkChain(materialOf(ca, leaf), subject)).toMatchObject({ state: 'failed' });
  });

  it('fails a leaf of another CA, even of the same name', async () => {
    const forged = await ca.hostile.forged('x');
    expect(checkChain(materialOf(other, server), subject)).toMatchObject({ state: 'failed' });
    expect(checkChain(materialOf(ca, forged), subject)).toMatchObject({ state: 'failed' });
  });

  it('fails a leaf that was signed by a leaf', async () => {
    const bad = await ca.hostile.signedByLeaf('x');
    const chain = parseCertificates(file('x', bad.cert + bad.chain));
    const cert = chain.problem === undefined ? chain.value : undefined;
    expect(checkChain({ ...materialOf(ca, bad), cert } as never, subject).state).toBe('failed');
  });
});

describe('purpose', () => {
  it('passes serverAuth for a server and clientAuth for a client', async () => {
    const client = materialOf(ca, await ca.client('alice'));
    expect(checkPurpose(materialOf(ca, server), subject)).toMatchObject({ state: 'ok' });
    expect(checkPurpose(client, { ...subject, purpose: 'client' })).toMatchObject({ state: 'ok' });
  });

  it('fails a client’s certificate at a server, and the other way round', async () => {
    const client = materialOf(ca, await ca.client('alice'));
    expect(checkPurpose(client, subject)).toMatchObject({
      state: 'failed',
      found: 'clientAuth, not serverAuth',
    });
    const swapped = checkPurpose(materialOf(ca, server), { ...subject, purpose: 'client' });
    expect(swapped.state).toBe('failed');
  });

  it('passes a certificate for any purpose', async () => {
    const any = materialOf(ca, await ca.hostile.noPurpose('x'));
    expect(checkPurpose(any, subject)).toMatchObject({ state: 'ok' });
  });
});
