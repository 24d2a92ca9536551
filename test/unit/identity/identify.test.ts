import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { confirmIdentity, identifyPeer } from '../../../src/identity/identify.ts';
import { createThrowawayCa, type ThrowawayCa } from '../../support/throwaway-ca.ts';
import { ALICE } from '../helpers/exchange.ts';
import { refusalOf } from '../helpers/refusal.ts';

type Asked = Pick<
  TLSSocket,
  'isSessionReused' | 'getPeerX509Certificate' | 'authorized' | 'authorizationError'
>;

/** A socket after its handshake, as far as identity asks it. */
function peer(certificate?: X509Certificate, says: Partial<Asked> = {}): TLSSocket {
  const asked: Asked = {
    isSessionReused: () => false,
    getPeerX509Certificate: () => certificate,
    authorized: true,
    authorizationError: undefined as unknown as Error,
    ...says,
  };
  return asked as TLSSocket;
}

/** OpenSSL's verdict as Node gives it: a string, whatever its type says. */
const rejected = (code: string): Partial<Asked> => ({
  authorized: false,
  authorizationError: code as unknown as Error,
});

let ca: ThrowawayCa;

beforeAll(async () => {
  ca = await createThrowawayCa();
});

describe('identifyPeer', () => {
  it('takes user, serial, fingerprint and end of validity from the certificate', async () => {
    const notAfter = new Date('2030-05-06T07:08:09Z');
    const issued = await ca.client('ci@example.com', { notAfter });
    expect(identifyPeer(peer(issued.certificate))).toEqual({
      user: 'ci@example.com',
      serial: issued.serial,
      fingerprint: issued.fingerprint.replaceAll(':', '').toLowerCase(),
      notAfter: notAfter.getTime(),
    });
  });

  it('refuses a peer that showed no certificate, even one that is said to be authorized', () => {
    const error = refusalOf(() => identifyPeer(peer()));
    expect(error).toMatchObject({ code: 'CERTIFICATE_REFUSED', status: 403 });
    expect(error.message).toMatch(/^access refused: no client certificate, or one from another CA/);
  });

  it('refuses a resumed session, whatever it shows', async () => {
    const { certificate } = await ca.client('alice');
    const socket = peer(certificate, { isSessionReused: () => true });
    expect(refusalOf(() => identifyPeer(socket)).message).toContain('resumed');
  });

  it.each([
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['CERT_NOT_YET_VALID', 'not valid yet'],
    ['INVALID_PURPOSE', 'clientAuth'],
    ['UNABLE_TO_GET_ISSUER_CERT', 'does not trust'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'does not trust'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'does not trust'],
    ['CERT_SIGNATURE_FAILURE', 'does not trust'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'does not trust'],
    ['INVALID_CA', 'no CA'],
    ['CERT_REVOKED', 'does not verify (CERT_REVOKED)'],
    ['undefined', 'does not verify'],
  ])('refuses a certificate that OpenSSL rejects with %s, and says why', async (code, reason) => {
    const { certificate } = await ca.client('alice');
    const error = refusalOf(() => identifyPeer(peer(certificate, rejected(code))));
    expect(error.code).toBe('CERTIFICATE_REFUSED');
    expect(error.message).toContain(reason);
  });

  it('refuses a certificate that is not authorized for no reason that is given', async () => {
    const { certificate } = await ca.client('alice');
    const error = refusalOf(() => identifyPeer(peer(certificate, { authorized: false })));
    expect(error.code).toBe('CERTIFICATE_REFUSED');
  });

  it('refuses several common names, also where each alone would do', async () => {
    const { certificate } = await ca.hostile.withNames('bob', 'admin');
    const error = refusalOf(() => identifyPeer(peer(certificate)));
    expect(error.message).toContain('several common names');
  });

  it('refuses the same common name twice', async () => {
    const { certificate } = await ca.hostile.withNames('bob', 'bob');
    expect(refusalOf(() => identifyPeer(peer(certificate))).message).toContain('several');
  });

  it('refuses a certificate without a common name', async () => {
    const { certificate } = await ca.hostile.withNames();
    expect(refusalOf(() => identifyPeer(peer(certificate))).message).toContain('no common name');
    const other = await ca.issue({ subject: [{ type: 'O', value: 'only' }] });
    expect(refusalOf(() => identifyPeer(peer(other.certificate))).message).toContain(
      'no common name',
    );
  });

  it.each([
    ['a line end', 'bob\nCN=admin'],
    ['NUL', 'admin\0.evil'],
    ['a space before it', ' alice'],
    ['a slash', '../alice'],
    ['a letter beyond ASCII', 'älice'],
    ['a bidi mark', 'alice\u202e'],
    ['a plus sign', 'bob+CN=admin'],
    ['64 characters', 'a'.repeat(64)],
  ])('refuses a common name with %s, without repeating it', async (_, name) => {
    const { certificate } = await ca.hostile.withNames(name);
    const { message } = refusalOf(() => identifyPeer(peer(certificate)));
    expect(message).toContain('the common name is not a user name');
    expect(message).not.toContain(name);
  });

  it('does not fold the case of a name', async () => {
    const { certificate } = await ca.client('Alice');
    expect(identifyPeer(peer(certificate)).user).toBe('Alice');
  });
});

describe('confirmIdentity', () => {
  const { identity } = ALICE;

  it('lets an identity pass up to the last moment of its certificate', () => {
    expect(() => {
      confirmIdentity(identity, identity.notAfter);
    }).not.toThrow();
  });

  it('refuses it a moment later, in the words of a handshake with an expired certificate', () => {
    const late = refusalOf(() => {
      confirmIdentity(identity, identity.notAfter + 1);
    });
    expect(late.code).toBe('CERTIFICATE_REFUSED');
    expect(late.message).toContain('the client certificate has expired');
  });

  it('refuses an identity whose end of validity could not be read', () => {
    const error = refusalOf(() => {
      confirmIdentity({ ...identity, notAfter: Number.NaN }, Date.now());
    });
    expect(error.code).toBe('CERTIFICATE_REFUSED');
  });
});
