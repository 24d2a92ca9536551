const UNITS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };

/** `512m`, `2g`, `1073741824` in bytes (binary units, as Docker's); undefined for anything else. */
export function parseSize(value: string | number): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?) ?([kmgt]?)(?:i?b)?$/i.exec(String(value));
  if (match === null) return undefined;
  const [, number = '', unit = ''] = match;
  const bytes = Math.floor(Number(number) * 1024 ** Number(UNITS[unit.toLowerCase()]));
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Bytes as people write them, rounded down to what is exact enough for a message. */
export function normalSize(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes >= 1 ? `${Math.floor(mebibytes)} MiB` : `${bytes} B`;
}
