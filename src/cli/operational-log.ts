import { pino, type Logger } from 'pino';
import type { LogLevel } from '../config/schema.ts';

/**
 * The operational log on standard error: readable on a terminal, JSON otherwise. Written at once,
 * so that the last words of a process are not lost.
 */
export async function createLog(level: LogLevel): Promise<Logger> {
  const terminal = process.stderr.isTTY;
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!terminal) {
    const formatters = { level: (label: string) => ({ level: label }) };
    return pino({ ...options, formatters }, pino.destination({ dest: 2, sync: true }));
  }
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({
    destination: 2,
    sync: true,
    colorize: process.env['NO_COLOR'] === undefined,
    translateTime: 'SYS:HH:MM:ss',
  });
  return pino(options, stream);
}
