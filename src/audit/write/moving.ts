import type { AuditRecord, PartedRecord } from '../chain/record.ts';
import type { LogCounts, Urgency } from './log-parts.ts';
import type { OpenLog } from './open.ts';

/** How often it is looked whether the log is free, ms. */
const LOOK_MS = 1_000;

/** What opens the log by its own name; gives undefined while another process writes it. */
export type OpenHome = () => Promise<OpenLog | undefined>;

/**
 * The log of a process. One that took over from another, which still writes the file of that name, writes beside it,
 * and moves to that file when it is free. Each file stays a chain of its own.
 */
export class MovingLog {
  readonly #openHome: OpenHome | undefined;
  readonly #onError: (error: unknown) => void;
  #current: OpenLog;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #before: LogCounts = { lines: 0, bytes: 0, failures: 0, lost: 0 };

  /** @param openHome undefined where it stays where it is. */
  constructor(current: OpenLog, openHome: OpenHome | undefined, onError: (error: unknown) => void) {
    this.#current = current;
    this.#openHome = openHome;
    this.#onError = onError;
    if (openHome !== undefined) this.#lookLater();
  }

  /** Where it is written now. */
  get file(): string {
    return this.#current.file;
  }

  get failure(): string | undefined {
    return this.#current.log.failure;
  }

  /** What this process has written, wherever. */
  get counts(): LogCounts {
    return sumOf(this.#before, this.#current.log.counts);
  }

  get open(): boolean {
    return this.#current.log.open;
  }

  append(record: AuditRecord | PartedRecord, urgency?: Urgency): void {
    this.#current.log.append(record, urgency);
  }

  settled(): Promise<void> | undefined {
    return this.#current.log.settled();
  }

  recover(): boolean {
    return this.#current.log.recover();
  }

  reopen(): void {
    this.#current.log.reopen();
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#current.close();
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => {
      void this.#look();
    }, LOOK_MS).unref();
  }

  async #look(): Promise<void> {
    try {
      // What went missing is told where it went missing, before that file is left.
      const home = this.recover() ? await this.#openHome?.() : undefined;
      if (home !== undefined) this.#moveTo(home);
      else if (!this.#isOver) this.#lookLater();
    } catch (error) {
      // Such as no right to write it any more: where lines are written now is as good.
      this.#onError(error);
    }
  }

  #moveTo(home: OpenLog): void {
    const before = this.#current;
    if (this.#isOver) home.close();
    else if (this.failure !== undefined) {
      home.close();
      this.#lookLater();
    } else {
      this.#current = home;
      before.close();
      this.#before = sumOf(this.#before, before.log.counts);
    }
  }
}

function sumOf(one: LogCounts, other: LogCounts): LogCounts {
  return {
    lines: one.lines + other.lines,
    bytes: one.bytes + other.bytes,
    failures: one.failures + other.failures,
    lost: one.lost + other.lost,
  };
}
