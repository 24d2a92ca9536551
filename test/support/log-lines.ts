import { closeSync, openSync, readSync, watch } from 'node:fs';
import { Inbox } from './fake/inbox.ts';

export type LogLine = Readonly<Record<string, unknown>>;

/** What a logger wrote, for a test to wait on. A line that is not one JSON object throws. */
export class LogLines {
  readonly #lines = new Inbox<LogLine>();
  readonly #refresh: () => void;
  #text = '';
  #rest = '';

  /** @param refresh brings in what may have been written since; nothing where lines are pushed. */
  constructor(refresh: (lines: LogLines) => void = () => undefined) {
    this.#refresh = () => {
      refresh(this);
    };
  }

  /** The bytes as they were written. */
  get text(): string {
    this.#refresh();
    return this.#text;
  }

  /** Every line so far. */
  get all(): readonly LogLine[] {
    this.#refresh();
    return this.#lines.all;
  }

  /** pino's destination. */
  write(text: string): void {
    this.#text += text;
    const whole = `${this.#rest}${text}`.split('\n');
    this.#rest = whole.pop() ?? '';
    for (const line of whole) this.#lines.add(JSON.parse(line) as LogLine);
  }

  /** The next line with all these values that nobody has taken, already here or still to come. */
  next(values: LogLine): Promise<LogLine> {
    this.#refresh();
    return this.#lines.next((line) => hasValues(line, values));
  }

  having(values: LogLine): LogLine[] {
    return this.all.filter((line) => hasValues(line, values));
  }
}

/** Follows a log file that is there already. */
export function followLog(file: string): { readonly lines: LogLines; close(): void } {
  const fd = openSync(file, 'r');
  const buffer = Buffer.alloc(64 * 1024);
  let isOpen = true;
  const lines = new LogLines((target) => {
    while (isOpen) {
      const count = readSync(fd, buffer);
      if (count === 0) break;
      target.write(buffer.toString('utf8', 0, count));
    }
  });
  const watcher = watch(file, () => lines.all);
  return {
    lines,
    close: () => {
      isOpen = false;
      watcher.close();
      closeSync(fd);
    },
  };
}

function hasValues(line: LogLine, values: LogLine): boolean {
  return Object.entries(values).every(([key, value]) => line[key] === value);
}
