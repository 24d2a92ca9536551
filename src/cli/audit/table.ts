import { targetOf, type Fields } from '../../audit/read/filter.ts';
import { safeText } from '../../audit/text.ts';

interface Column {
  readonly title: string;
  /** Characters; the last column takes what is left. */
  readonly width: number;
  readonly right?: boolean;
  /** Columns of the highest number are the first to go where the terminal is narrow. */
  readonly rank: number;
  readonly text: (fields: Fields) => string;
}

const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
};

const TIME: Column = {
  ...{ title: 'TIME (UTC)', width: 19, rank: 0 },
  text: ({ time }) => text(time).slice(0, 19).replace('T', ' '),
};
/** Without the year, where there is little room. */
const SHORT_TIME: Column = { ...TIME, width: 14, text: (fields) => TIME.text(fields).slice(5) };
const NARROW = 100;

const COLUMNS: readonly Column[] = [
  { title: 'USER', width: 10, rank: 0, text: ({ user }) => text(user) },
  { title: 'REMOTE', width: 21, rank: 3, text: ({ remote }) => text(remote) },
  { title: 'ACTION', width: 18, rank: 0, text: ({ action, event }) => text(action) || text(event) },
  { title: 'CODE', width: 4, rank: 1, right: true, text: ({ status }) => text(status) },
  { title: 'TOOK', width: 7, rank: 4, right: true, text: ({ duration_ms: ms }) => duration(ms) },
  { title: 'IN', width: 7, rank: 5, right: true, text: ({ bytes_in: bytes }) => size(bytes) },
  { title: 'OUT', width: 7, rank: 5, right: true, text: ({ bytes_out: bytes }) => size(bytes) },
  { title: 'ID', width: 8, rank: 2, text: ({ id }) => text(id).slice(0, 8) },
  { title: 'WHAT', width: 16, rank: 0, text: (fields) => what(fields) },
];
/** The highest rank of a column. */
const LEAST = 5;

/** The object, what was run in it, and why it ended otherwise than as usual. */
function what(fields: Fields): string {
  const { name, asked } = targetOf(fields);
  const target = text(name) || (Array.isArray(asked) ? text(asked[0]) : '');
  const code = fields['exit_code'];
  const object = [target, commandOf(fields), code === undefined ? '' : `(exit ${text(code)})`]
    .filter((part) => part !== '')
    .join(' ');
  const reason = text(fields['reason']);
  const own = ownEvent(fields);
  if (own !== undefined) return own;
  const end = fields['end'];
  const why = reason || (end === 'complete' ? '' : text(end));
  return [object || (reason ? '' : text(fields['path'])), why]
    .filter((part) => part !== '')
    .join(': ');
}

/** What lines are about that are of no call; undefined for those that say it by their target and reason. */
function ownEvent(fields: Fields): string | undefined {
  const of = (name: string): string => text(fields[name]);
  switch (fields['event']) {
    case 'certificate-issued':
    case 'certificate-renewed':
    case 'certificate-revoked':
      return [of('kind'), `by ${of('by')}`, of('reason')].filter((part) => part !== '').join(', ');
    case 'gap':
      return `${of('lost')} lines lost: ${of('reason')}`;
    case 'gate-reload':
      return [of('cause'), of('result'), of('reason')].filter((part) => part !== '').join(': ');
    case 'gate-start':
      return Array.isArray(fields['listen']) ? fields['listen'].map(text).join(' ') : '';
    default:
      return undefined;
  }
}

/** The command line of a create or an exec, as far as the line has it. */
function commandOf({ detail }: Fields): string {
  const { cmd, entrypoint } = (detail ?? {}) as {
    readonly cmd?: unknown;
    readonly entrypoint?: unknown;
  };
  return [entrypoint, cmd].flatMap((part) => (Array.isArray(part) ? part.map(text) : [])).join(' ');
}

/** Rows that fit into the terminal, one line each. */
export class Table {
  readonly #columns: readonly Column[];
  readonly #rest: number;
  readonly #width: number;

  /** @param width of the terminal, in characters. */
  constructor(width: number) {
    let columns = [width < NARROW ? SHORT_TIME : TIME, ...COLUMNS];
    for (let rank = LEAST; rank > 0 && widthOf(columns) > width; rank -= 1) {
      columns = columns.filter((column) => column.rank < rank);
    }
    this.#columns = columns;
    this.#width = width;
    this.#rest = Math.max(0, width - widthOf(columns));
  }

  get header(): string {
    return this.#line((column) => column.title);
  }

  /** What came over the wire, or from whoever wrote the file, reaches no terminal as it is. */
  row(fields: Fields): string {
    return this.#line((column) => safeText(column.text(fields), 512));
  }

  #line(cell: (column: Column) => string): string {
    const last = this.#columns.length - 1;
    const line = this.#columns
      .map((column, at) => {
        const width = column.width + (at === last ? this.#rest : 0);
        const fitted = fit(cell(column), width);
        return column.right === true ? fitted.padStart(width) : fitted.padEnd(width);
      })
      .join('  ')
      .trimEnd();
    return fit(line, this.#width);
  }
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width + 2, -2);
}

/** Cut to so many characters, with a mark where something is missing. */
export function fit(value: string, width: number): string {
  return value.length <= width ? value : `${value.slice(0, Math.max(0, width - 1))}…`;
}

/** ms → `12ms`, `1.2s`, `3m`, `2.5h`. */
export function duration(ms: unknown): string {
  if (typeof ms !== 'number') return '';
  if (ms < 10) return `${ms.toFixed(1)}ms`;
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)}s`;
  return ms < 3_600_000 ? `${(ms / 60_000).toFixed(1)}m` : `${(ms / 3_600_000).toFixed(1)}h`;
}

/** Bytes → `512`, `1.2k`, `3.4M`. */
export function size(bytes: unknown): string {
  if (typeof bytes !== 'number') return '';
  const units = ['', 'k', 'M', 'G', 'T'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return unit === 0 ? String(value) : `${value.toFixed(1)}${units[unit] ?? ''}`;
}
