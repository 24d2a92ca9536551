import { CommandError } from '../errors.ts';
import type { LocatedCrl } from '../pki/crl/revocations.ts';

/**
 * Refuses lists that would take back what is known: of every issuer that had a list there has to be
 * one that is not older and has no lower number.
 *
 * @param isDropped true for a list that may go, since its issuer is no longer trusted.
 * @throws CommandError `CRL_INVALID`.
 */
export function requireNoStepBack(
  before: readonly LocatedCrl[],
  after: readonly LocatedCrl[],
  isDropped: (list: LocatedCrl) => boolean,
): void {
  const now = newest(after);
  for (const old of newest(before).values()) {
    const next = now.get(issuerOf(old));
    if (next === undefined) {
      if (isDropped(old)) continue;
      throw stepBack(old.path, 'holds no list of an issuer that had one');
    }
    if (numberOf(next) < numberOf(old)) {
      const [now, then] = [numberOf(next).toString(), numberOf(old).toString()];
      throw stepBack(next.path, `holds list number ${now}, and number ${then} is in force`);
    }
    if (next.crl.thisUpdate < old.crl.thisUpdate) {
      const [now, then] = [next, old].map(({ crl }) => crl.thisUpdate.toISOString());
      throw stepBack(
        next.path,
        `holds a list of ${now ?? ''}, and one of ${then ?? ''} is in force`,
      );
    }
  }
}

/** The lists whose next update is due: they go on counting, and somebody has to be told. */
export function overdue(lists: readonly LocatedCrl[], now: number): readonly LocatedCrl[] {
  return lists.filter(({ crl }) => crl.nextUpdate !== undefined && crl.nextUpdate.getTime() < now);
}

function newest(lists: readonly LocatedCrl[]): Map<string, LocatedCrl> {
  const found = new Map<string, LocatedCrl>();
  for (const list of lists) {
    const other = found.get(issuerOf(list));
    if (other === undefined || isNewer(list, other)) found.set(issuerOf(list), list);
  }
  return found;
}

function isNewer(list: LocatedCrl, other: LocatedCrl): boolean {
  const [a, b] = [numberOf(list), numberOf(other)];
  return a === b ? list.crl.thisUpdate > other.crl.thisUpdate : a > b;
}

const issuerOf = ({ crl }: LocatedCrl): string => crl.issuerName.toString('base64');
/** Lists of version 1 have none; their dates decide. */
const numberOf = ({ crl }: LocatedCrl): bigint => crl.number ?? -1n;

function stepBack(path: string, what: string): CommandError {
  return new CommandError(
    'CRL_INVALID',
    `${path} ${what}`,
    'put the newest list there; "dockgate client list" shows what is revoked',
  );
}
