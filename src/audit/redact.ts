import { pairs } from '../docker-api/query.ts';
import { maskText } from './detail/mask.ts';
import { safeText } from './text.ts';

/**
 * Query parameters whose values may be read by whoever reads the log. All others are masked: a
 * parameter that this list does not know may carry a secret (`buildargs`, `changes`, credentials
 * in a `remote` URL, …).
 */
const SHOWN: ReadonlySet<string> = new Set(
  `all before cachefrom checkpoint condition container copyUIDGID cpuperiod cpuquota cpusetcpus
  cpushares detachKeys digests dir dockerfile driver extrahosts filters follow force
  forcerm fromImage h id limit link logs manifests memory memswap name names networkmode
  no-prune nocache noOverwriteDirNonDir noprune one-shot outputs path pause platform platforms
  ps_args pull q quiet reference registryAuthFrom repo rm rollback scope session shared-size
  shmsize signal since size squash status stderr stdin stdout stream t tag tail target term
  timeout timestamps tty type until v verbose version w`
    .trim()
    .split(/\s+/),
);

const MAX_PARAMETERS = 64;

/**
 * The query of a request for the log: decoded, with every value masked that is not known to be
 * harmless.
 *
 * @param query raw query, without `?`.
 * @returns parameter → value; values of a repeated parameter are joined with a comma. Undefined
 * where there is no query.
 */
export function redactQuery(query: string): Record<string, string> | undefined {
  if (query === '') return undefined;
  const shown = new Map<string, string>();
  let left = MAX_PARAMETERS;
  for (const [key, value] of pairs(query)) {
    left -= 1;
    if (left < 0) {
      shown.set('…', 'more parameters than are logged');
      break;
    }
    const name = safeText(key, 64);
    const text = SHOWN.has(key) ? shownValue(key, value) : '***';
    const earlier = shown.get(name);
    shown.set(name, earlier === undefined ? text : `${earlier},${text}`);
  }
  return Object.fromEntries([...shown].map(([name, value]) => [name, safeText(value)]));
}

/** Labels are asked for in filters, and hold whatever somebody puts there: each string of the JSON for itself. */
function shownValue(key: string, value: string): string {
  if (key !== 'filters') return value;
  const head = value.slice(0, LONGEST_FILTERS);
  return head.replace(/"((?:[^"\\]|\\.)*)(?:"|$)/g, (_, text: string) => `"${maskText(text)}"`);
}

/** More than is shown, in characters. */
const LONGEST_FILTERS = 2_048;
