/** Whether the gate can do its work, and if not, what is in the way. Holds nothing that is a secret. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<CheckName, ReadinessCheck>>;
}

export type CheckName = 'gate' | 'certificates' | 'audit' | 'daemon';

export interface ReadinessCheck {
  readonly ok: boolean;
  /** A few words; absent where all is well. */
  readonly reason?: string;
}

/** Each says what is wrong, or undefined where nothing is. */
export interface ReadinessSources {
  readonly stopping: () => boolean;
  readonly certificates: () => string | undefined;
  readonly audit: () => string | undefined;
  readonly daemon: () => Promise<string | undefined>;
}

export async function readinessOf(sources: ReadinessSources): Promise<Readiness> {
  const checks = {
    gate: check(sources.stopping() ? 'stopping' : undefined),
    certificates: check(sources.certificates()),
    audit: check(sources.audit()),
    daemon: check(await sources.daemon()),
  };
  return { ready: Object.values(checks).every(({ ok }) => ok), checks };
}

function check(reason: string | undefined): ReadinessCheck {
  return reason === undefined ? { ok: true } : { ok: false, reason };
}

/** What a certificate tells of its validity; as of node:crypto. */
export interface Validity {
  readonly validFrom: string;
  readonly validTo: string;
}

/**
 * What is wrong with the certificates that the gate lives by. A date that cannot be read counts as passed.
 *
 * @param authorities those whose clients are let in: one that is valid will do.
 * @param now ms since the epoch.
 */
export function certificateProblem(
  server: Validity,
  authorities: readonly Validity[],
  now: number,
): string | undefined {
  if (!(now <= Date.parse(server.validTo))) return 'the server certificate has expired';
  if (!(now >= Date.parse(server.validFrom))) return 'the server certificate is not valid yet';
  const isValid = ({ validFrom, validTo }: Validity): boolean =>
    now >= Date.parse(validFrom) && now <= Date.parse(validTo);
  return authorities.some(isValid) ? undefined : 'no certificate of a CA is valid';
}
