import { stringify } from 'csv-stringify/sync';
import { decisionOf, targetOf, type Fields } from '../../audit/read/filter.ts';

const COLUMNS = [
  ...['time', 'event', 'id', 'user', 'role', 'serial', 'fingerprint', 'remote', 'tls'],
  ...['method', 'path', 'action', 'effect', 'kind', 'target', 'image', 'decision', 'rule'],
  ...['status', 'duration_ms', 'bytes_in', 'bytes_out', 'end', 'reason'],
] as const;

/** The first line: names of the columns. */
export function csvHeader(): string {
  return COLUMNS.join(',');
}

/**
 * A line of CSV (RFC 4180), without its line end. A value that a spreadsheet would take for a formula gets an
 * apostrophe before it (OWASP, CSV injection).
 */
export function csvRow(fields: Fields): string {
  const { kind, id, name, image, asked } = targetOf(fields);
  const derived: Fields = {
    kind,
    target: name ?? id ?? (Array.isArray(asked) ? asked.join(' ') : undefined),
    image,
    decision: decisionOf(fields),
  };
  const values = COLUMNS.map((column) => derived[column] ?? fields[column]);
  const row = values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : value));
  return stringify([row], { escape_formulas: true, record_delimiter: '' });
}
