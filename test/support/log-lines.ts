import { closeSync, openSync, readSync, watch } from 'node:fs';
import { expectValidEvent } from './event-schema.ts';
import { Inbox } from './fake/inbox.ts';

export type LogLine = Readonly<Record<string, unknown>>;

/** What a logger wrote, for a test to wait on. A line that is not one JSON object throws. */
export class LogLines {
  readonly #lines = new Inbox<LogLine>();
  readonly #refresh: () => void;
  readonly #check: (line: LogLine) => void;
  readonly #mayTear: boolean;
  #text = '';
  #rest = '';

  /**
   * @param refresh brings in what may have been written since; nothing where lines are pushed.
   * @param check throws for a line that is not as it should be.
   * @param mayTear passes over lines of which only the beginning was written.
   */
  constructor(
    refresh: (lines: LogLines) => void = () => undefined,
    check: (line: LogLine) => void = () => undefined,
    mayTear = false,
  ) {
    this.#mayTear = mayTear;
    this.#check = check;
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
  write(written: string): void {
    this.#text += written;
    const whole = `${this.#rest}${written}`.split('\n');
    this.#rest = whole.pop() ?? '';
    for (const text of whole) {
      if (this.#mayTear && !text.endsWith('}')) continue;
      const line = JSON.parse(text) as LogLine;
      this.#check(line);
      this.#lines.add(line);
    }
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

/**
 * Follows a trail that is there already. Every line has to be as the schema says.
 *
 * @param mayTear passes over lines of which only the beginning was written.
 */
export function followLog(
  file: string,
  mayTear = false,
): { readonly lines: LogLines; close(): void } {
  const fd = openSync(file, 'r');
  const buffer = Buffer.alloc(64 * 1024);
  let isOpen = true;
  const lines = new LogLines(
    (target) => {
      while (isOpen) {
        const count = readSync(fd, buffer);
        if (count === 0) break;
        target.write(buffer.toString('utf8', 0, count));
      }
    },
    expectValidEvent,
    mayTear,
  );
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
