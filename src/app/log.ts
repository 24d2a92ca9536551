import type { Logger } from 'pino';

/** The operational log: what the gate itself has to say, apart from the trail. */
export type Log = Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>;
