import type { X509Certificate } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { EKU } from '../../../src/pki/extensions.ts';
import { createIdentification } from '../../../src/identity/identify.ts';
import { createThrowawayCa, HOUR_MS, type ThrowawayCa } from '../../support/throwaway-ca.ts';
import type { TrustTerms } from '../../../src/identity/trust.ts';
import type { Identity } from '../../../src/identity/types.ts';
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
/** Another CA that the gate trusts too. */
let outside: ThrowawayCa;

beforeAll(async () => {
  ca = await createThrowawayCa();
  outside = await createThrowawayCa();
});

/** Both CAs are trusted, one of them is our own, and nobody is revoked. */
const terms = (changes: Partial<TrustTerms> = {}): TrustTerms => ({
  trusted: [ca.certificate, outside.certificate],
  own: [ca.certificate],
  ask: () => undefined,
  revoked: new Map(),
  supersededAt: new Map(),
  ...changes,
});

const identifyPeer = (socket: TLSSocket): Identity =>
  createIdentification(terms()).identify(socket, Date.now());

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('createIdentification', () => {
  it('lets go of terms that were replaced, whoever keeps an identity', async () => {
    const { certificate } = await ca.client('alice');
    const identification = createIdentification(terms());
    const identify = (): { identity: Identity; lists: WeakRef<ReadonlyMap<string, string>> } => {
      const old = terms();
      identification.replace(old);
      const identity = identification.identify(peer(certificate), Date.now());
      return { identity, lists: new WeakRef(old.revoked) };
    };
    const { identity, lists } = identify();
    identification.replace(terms());
    // What was asked in this turn of the event loop stays until its end.
    await setImmediate();
    collectGarbage();
    expect(lists.deref()).toBeUndefined();
    expect(identification.standing(identity)).toMatchObject({ ca: 'own' });
  });
});

describe('identifyPeer', () => {
  it('takes user, serial, fingerprint and validity from the certificate', async () => {
    const notAfter = new Date('2030-05-06T07:08:09Z');
    const issued = await ca.client('ci@example.com', { notAfter });
    expect(identifyPeer(peer(issued.certificate))).toEqual({
      user: 'ci@example.com',
      ca: 'own',
      serial: issued.serial,
      fingerprint: issued.fingerprint.replaceAll(':', '').toLowerCase(),
      notBefore: Date.parse(issued.certificate.validFrom),
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

describe('a role', () => {
  const named = (issuer: ThrowawayCa, ...roles: readonly string[]) =>
    issuer.issue({
      subject: [
        { type: 'CN', value: 'alice' },
        ...roles.map((value) => ({ type: 'OU' as const, value })),
      ],
      purposes: [EKU.clientAuth],
    });

  it('is the only OU of a certificate of our own CA', async () => {
    const { certificate } = await named(ca, 'ops');
    expect(identifyPeer(peer(certificate))).toMatchObject({ user: 'alice', role: 'ops' });
    const without = await named(ca);
    expect(identifyPeer(peer(without.certificate))).not.toHaveProperty('role');
  });

  it('is nothing that another CA could give', async () => {
    const { certificate } = await named(outside, 'ops', 'admins');
    const identity = identifyPeer(peer(certificate));
    expect(identity).not.toHaveProperty('role');
    expect(identity.ca).toMatch(/^[0-9a-f]{64}$/);
  });

  it('of which there are two, or an odd one, is refused', async () => {
    const two = await named(ca, 'ops', 'admins');
    expect(refusalOf(() => identifyPeer(peer(two.certificate))).message).toContain('several roles');
    const odd = await named(ca, 'ops\nadmin');
    expect(refusalOf(() => identifyPeer(peer(odd.certificate))).message).toContain('the role (OU)');
  });
});

describe('confirm', () => {
  const good = async (changes: Partial<TrustTerms> = {}) => {
    const identification = createIdentification(terms(changes));
    // Before the CA ends, which would count too.
    const issued = await ca.client('alice', { notAfter: new Date(Date.now() + 2 * HOUR_MS) });
    const identity = identification.identify(peer(issued.certificate), Date.now());
    return { identification, identity, issued };
  };

  it('lets an identity pass up to the last moment of its certificate', async () => {
    const { identification, identity } = await good();
    expect(() => {
      identification.confirm(identity, identity.notAfter);
    }).not.toThrow();
    const late = refusalOf(() => {
      identification.confirm(identity, identity.notAfter + 1);
    });
    expect(late.code).toBe('CERTIFICATE_REFUSED');
    expect(late.message).toContain('the client certificate has expired');
  });

  it('refuses an identity that it has not made', async () => {
    const { identification } = await good();
    const error = refusalOf(() => {
      identification.confirm(ALICE.identity, Date.now());
    });
    expect(error.message).toContain('not known');
  });

  it('refuses at the end of the CA, where that comes before the certificate’s', async () => {
    const short = await createThrowawayCa({ notAfter: new Date(Date.now() + HOUR_MS) });
    const { certificate } = await short.client('alice');
    const identification = createIdentification(terms({ trusted: [short.certificate] }));
    const identity = identification.identify(peer(certificate), Date.now());
    const error = refusalOf(() => {
      identification.confirm(identity, Date.now() + HOUR_MS);
    });
    expect(error.message).toContain('expired');
  });

  it.each([
    ['is revoked', 'was revoked (keyCompromise)', { ask: () => ({ revoked: 'keyCompromise' }) }],
    ['belongs to a list in doubt', 'cannot be verified', { ask: () => 'in-doubt' as const }],
    ['is from a CA that is trusted no more', 'does not trust', { trusted: [] }],
  ])('refuses from the moment that a certificate %s', async (_, message, changes) => {
    const { identification, identity } = await good();
    identification.replace(terms(changes));
    const error = refusalOf(() => {
      identification.confirm(identity, Date.now());
    });
    expect(error.message).toContain(message);
    identification.replace(terms());
    expect(() => {
      identification.confirm(identity, Date.now());
    }).not.toThrow();
  });

  it('refuses what the inventory says was revoked, or is superseded by now', async () => {
    const { identification, identity } = await good();
    const { fingerprint } = identity;
    identification.replace(terms({ revoked: new Map([[fingerprint, 'superseded']]) }));
    const revoked = refusalOf(() => {
      identification.confirm(identity, Date.now());
    });
    expect(revoked.message).toContain('replaced by a newer one');

    const moment = Date.now() + HOUR_MS;
    identification.replace(terms({ supersededAt: new Map([[fingerprint, moment]]) }));
    expect(() => {
      identification.confirm(identity, moment - 1);
    }).not.toThrow();
    const superseded = refusalOf(() => {
      identification.confirm(identity, moment);
    });
    expect(superseded.message).toContain('replaced by a newer one');
  });

  it('asks the list of the issuer by its key: the same serial of another CA is another one', async () => {
    const serial = Buffer.from('0102030405', 'hex');
    const [ours, theirs] = [
      await ca.hostile.withSerial('alice', serial),
      await outside.hostile.withSerial('alice', serial),
    ];
    const ask: TrustTerms['ask'] = (issuer) =>
      issuer.fingerprint256 === ca.fingerprint ? { revoked: 'keyCompromise' } : undefined;
    const identification = createIdentification(terms({ ask }));
    expect(
      refusalOf(() => identification.identify(peer(ours.certificate), Date.now())).message,
    ).toContain('revoked');
    const other = identification.identify(peer(theirs.certificate), Date.now());
    expect(other).toMatchObject({ user: 'alice', serial: ours.serial });
    expect(other.ca).not.toBe('own');
  });

  it('refuses the leaves of an intermediate that was revoked', async () => {
    const middle = await ca.intermediate();
    const { certificate } = await middle.client('alice');
    const trusted = [ca.certificate, middle.certificate];
    const identification = createIdentification(terms({ trusted }));
    const identity = identification.identify(peer(certificate), Date.now());
    const ask: TrustTerms['ask'] = (_, serial) =>
      serial === middle.serial ? { revoked: 'cACompromise' } : undefined;
    identification.replace(terms({ trusted, ask }));
    const error = refusalOf(() => {
      identification.confirm(identity, Date.now());
    });
    expect(error.message).toContain('its CA: cACompromise');
  });

  it('counts a CA and its successor as one, and goes on when the one before is dropped', async () => {
    const next = await createThrowawayCa();
    const { certificate } = await next.client('alice');
    const trusted = [ca.certificate, next.certificate];
    const identification = createIdentification(terms({ trusted, own: trusted }));
    const identity = identification.identify(peer(certificate), Date.now());
    expect(identity.ca).toBe('own');
    identification.replace(terms({ trusted: [next.certificate], own: [next.certificate] }));
    expect(() => {
      identification.confirm(identity, Date.now());
    }).not.toThrow();
  });
});
