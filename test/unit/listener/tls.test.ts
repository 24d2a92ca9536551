import { constants } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkCredentials, tlsOptions, type Credentials } from '../../../src/listener/tls.ts';
import { createThrowawayCa, type Issued, type ThrowawayCa } from '../../support/throwaway-ca.ts';
import { failureOf } from '../helpers/refusal.ts';

const FILES = { ca: 'certs/ca.pem', cert: 'certs/server-cert.pem', key: 'certs/server-key.pem' };

let ca: ThrowawayCa;
let server: Issued;
let credentials: Credentials;

beforeAll(async () => {
  ca = await createThrowawayCa();
  server = await ca.server({ notAfter: new Date('2030-01-01T00:00:00Z') });
  credentials = { ca: ca.cert, cert: server.cert, key: server.key };
});

describe('tlsOptions', () => {
  it('makes TLS ask for a certificate, and leaves the verdict to the doorkeeper', () => {
    expect(tlsOptions(credentials)).toMatchObject({
      ca: credentials.ca,
      key: credentials.key,
      requestCert: true,
      rejectUnauthorized: false,
      allowHalfOpen: true,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: 10_000,
    });
  });

  it('never resumes and never renegotiates', () => {
    const { secureOptions = 0 } = tlsOptions(credentials);
    expect(secureOptions & constants.SSL_OP_NO_TICKET).not.toBe(0);
    expect(secureOptions & constants.SSL_OP_NO_RENEGOTIATION).not.toBe(0);
  });

  it('speaks nothing below TLS 1.2, and AEAD suites only', () => {
    const { minVersion, maxVersion, ciphers = '' } = tlsOptions(credentials);
    expect(minVersion).toBe('TLSv1.2');
    expect(maxVersion).toBeUndefined();
    for (const suite of ciphers.split(':')) expect(suite).toMatch(/GCM|CHACHA20[-_]POLY1305/);
    expect(ciphers.split(':')).toHaveLength(9);
  });

  it('is something that TLS takes', () => {
    expect(() => createSecureContext(tlsOptions(credentials))).not.toThrow();
  });
});

describe('checkCredentials', () => {
  const check = (changed: Partial<Credentials>, now = '2029-12-31T23:59:59Z') => {
    checkCredentials({ ...credentials, ...changed }, FILES, Date.parse(now));
  };
  const failure = (changed: Partial<Credentials>, now?: string) =>
    failureOf(() => {
      check(changed, now);
    });

  it('takes a set that belongs together, RSA keys and a bundle of CAs too', async () => {
    const other = await createThrowawayCa();
    const rsa = await ca.server({ keySpec: { type: 'rsa', bits: 2048 } });
    expect(() => {
      check({});
      check({ ca: `${ca.cert}${other.cert}` });
      checkCredentials({ ca: ca.cert, cert: rsa.cert, key: rsa.key }, FILES, Date.now());
    }).not.toThrow();
  });

  it('refuses a key of another certificate, and names both files', async () => {
    const { key } = await ca.server();
    const { code, message } = failure({ key });
    expect(code).toBe('KEY_MISMATCH');
    expect(message).toContain(FILES.key);
    expect(message).toContain(FILES.cert);
  });

  it('refuses a certificate from the moment after its end', () => {
    expect(failure({}, '2030-01-01T00:00:01Z')).toMatchObject({ code: 'CERTIFICATE_EXPIRED' });
    expect(() => {
      check({}, '2030-01-01T00:00:00Z');
    }).not.toThrow();
  });

  it('refuses a certificate that is not valid yet, and points to the clock', () => {
    const early = failure({}, '2020-01-01T00:00:00Z');
    expect(early.code).toBe('CERTIFICATE_INVALID');
    expect(early.message).toContain('not valid before');
    expect(early.hint).toContain('clock');
  });

  it('refuses a certificate that is made for clients only, not one without any purpose', async () => {
    const { cert, key } = await ca.client('alice');
    const { code, message } = failureOf(() => {
      checkCredentials({ ca: ca.cert, cert, key }, FILES, Date.now());
    });
    expect(code).toBe('CERTIFICATE_INVALID');
    expect(message).toContain('serverAuth');
    const any = await ca.server({ purposes: [] });
    expect(() => {
      checkCredentials({ ca: ca.cert, cert: any.cert, key: any.key }, FILES, Date.now());
    }).not.toThrow();
  });

  it('refuses a bundle of CAs of which one is broken', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    for (const bundle of [`${ca.cert}${broken}`, `${broken}${ca.cert}`]) {
      expect(failure({ ca: bundle }).message).toContain(FILES.ca);
    }
  });

  it.each([
    ['an empty CA file', 'ca', ''],
    ['a CA file that is no PEM', 'ca', 'hello'],
    ['an empty certificate file', 'cert', ''],
    ['a certificate that is cut off', 'cert', '-----BEGIN CERTIFICATE-----\nMIIB\n'],
  ] as const)('refuses %s, and names it', (_, file, text) => {
    const { code, message } = failure({ [file]: text });
    expect(code).toBe('CERTIFICATE_INVALID');
    expect(message).toBe(`${FILES[file]} is not a PEM certificate`);
  });

  it('refuses a key where a certificate is due, and the other way round', () => {
    expect(failure({ cert: server.key }).message).toContain(FILES.cert);
    expect(failure({ ca: ca.key }).message).toContain(FILES.ca);
    expect(failure({ key: server.cert }).message).toBe(
      `${FILES.key} is not an unencrypted PEM private key`,
    );
  });

  it('refuses a key that is encrypted, and never shows what is in the file', () => {
    const key = server.keys.privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 's3cret',
    });
    const { code, message, hint } = failure({ key: key.toString() });
    expect(code).toBe('CERTIFICATE_INVALID');
    expect(`${message} ${hint}`).not.toContain(key.toString().slice(40, 80));
  });
});
