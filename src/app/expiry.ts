import type { X509Certificate } from 'node:crypto';
import type { Identity } from '../identity/types.ts';
import { fingerprintOf } from '../pki/fingerprint.ts';
import type { Log } from './log.ts';
import type { Material } from './material.ts';

const DAY_MS = 86_400_000;
/** From so many days before the end on a certificate is spoken of. */
export const WARN_DAYS = 30;
const ERROR_DAYS = 1;
/** Certificates of clients that are kept in mind. */
const MAX_CLIENTS = 10_000;
/** Below so many it is not worth a look which of them can be forgotten. */
const FEW_CLIENTS = 64;

export interface ExpiryDeps {
  readonly log: Log;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly material: () => Pick<Material, 'trust' | 'server'>;
  /** True while a client's certificate is worth something. */
  readonly isGood: (identity: Identity) => boolean;
}

/**
 * Says in time which certificates are about to end: CA, server, and each client that was seen. From
 * 30 days before the end one line a day for each; on the last day it is an error.
 */
export class Expiry {
  readonly #deps: ExpiryDeps;
  readonly #clients = new Map<string, Identity>();
  /** Twice as many as were worth something at the last look. */
  #lookAt = FEW_CLIENTS;

  constructor(deps: ExpiryDeps) {
    this.#deps = deps;
  }

  /** Keeps a client in mind; one that is about to end is spoken of at once. */
  seen(identity: Identity): void {
    if (this.#clients.has(identity.fingerprint)) return;
    // Certificates for a few minutes, as "dockgate health" has them, come by the thousand in a day.
    if (this.#clients.size === this.#lookAt) this.#forget();
    if (this.#clients.size >= MAX_CLIENTS) return;
    this.#clients.set(identity.fingerprint, identity);
    this.#warnClient(identity);
  }

  /** The clients that are kept in mind, and whose certificates are worth something. */
  clients(): readonly Identity[] {
    return [...this.#clients.values()].filter(this.#deps.isGood);
  }

  /** Speaks of all that are about to end. To be called at the start, and daily. */
  check(): void {
    const { trust, server } = this.#deps.material();
    for (const ca of trust.trusted) {
      this.#warn('CA', ca, 'see "dockgate ca rotate" for a successor');
    }
    this.#warn('server', server, 'run "dockgate server renew"');
    this.#forget();
    for (const identity of this.#clients.values()) this.#warnClient(identity);
  }

  /** Those that are worth nothing any more. */
  #forget(): void {
    for (const identity of this.#clients.values()) {
      if (!this.#deps.isGood(identity)) this.#clients.delete(identity.fingerprint);
    }
    this.#lookAt = Math.max(FEW_CLIENTS, 2 * this.#clients.size);
  }

  /** Whole days until the server's certificate ends; negative once it has. */
  serverDaysLeft(): number {
    return this.#daysLeft(Date.parse(this.#deps.material().server.validTo));
  }

  /** One that was made for a short while, as by "dockgate health", is not spoken of before two thirds of it are over. */
  #warnClient({ user, fingerprint, notBefore, notAfter }: Identity): void {
    if (notAfter - this.#deps.now() > (notAfter - notBefore) / 3) return;
    this.#say({ certificate: 'client', user, fingerprint }, notAfter, {
      what: `the client certificate of ${user}`,
      advice: `run "dockgate client renew ${user}"`,
    });
  }

  #warn(kind: string, certificate: X509Certificate, advice: string): void {
    const notAfter = Date.parse(certificate.validTo);
    const fingerprint = fingerprintOf(certificate);
    this.#say({ certificate: kind.toLowerCase(), fingerprint }, notAfter, {
      what: `the ${kind} certificate`,
      advice,
    });
  }

  #say(
    fields: Readonly<Record<string, string>>,
    notAfter: number,
    { what, advice }: { readonly what: string; readonly advice: string },
  ): void {
    const daysLeft = this.#daysLeft(notAfter);
    if (daysLeft > WARN_DAYS) return;
    const day = Number.isNaN(notAfter) ? 'unknown' : new Date(notAfter).toISOString();
    const left =
      daysLeft < 0 ? 'has expired' : `expires in ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'}`;
    const line = { ...fields, notAfter: day, daysLeft };
    const level = daysLeft <= ERROR_DAYS ? 'error' : 'warn';
    this.#deps.log[level](line, `${what} ${left}; ${advice}`);
  }

  #daysLeft(notAfter: number): number {
    return Math.floor((notAfter - this.#deps.now()) / DAY_MS);
  }
}

/**
 * Calls `job` once a day by the gate's clock.
 *
 * @returns stops it.
 */
export function daily(job: () => void, now: () => number): () => void {
  let last = now();
  // Looked at hourly, since timers do not count the hours that a machine sleeps.
  const timer = setInterval(() => {
    if (now() - last < DAY_MS) return;
    last = now();
    job();
  }, HOUR_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

const HOUR_MS = 3_600_000;
