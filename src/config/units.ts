const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 1024,
  m: 1e6,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1e9,
  gib: 1024 ** 3,
};

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  d: 86_400e3,
  w: 7 * 86_400e3,
};

/** `100MB`, `64k`, `1.5GiB`, `4096` → bytes; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  return scaled(text, BYTES);
}

/** `500ms`, `90s`, `2h`, `7d`, `0` → ms; undefined for anything else: a bare number has no unit. */
export function parseDuration(text: string): number | undefined {
  return text === '0' ? 0 : scaled(text, MILLISECONDS);
}

function scaled(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = (match?.[2] ?? '?').toLowerCase();
  if (match === null || !Object.hasOwn(units, unit)) return undefined;
  return Math.round(Number(match[1]) * (units[unit] ?? 0));
}
