import { parseTcp } from './hosts.ts';
import type { MetricsAddress } from './schema.ts';

const DEFAULT_PORT = 9376;

/** Written as numbers only, so that no resolver decides who may come without a certificate. */
const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;

/**
 * What `--metrics` means.
 *
 * @param problems takes what is wrong.
 */
export function readMetrics(
  text: string | undefined,
  problems: string[],
): MetricsAddress | undefined {
  if (text === undefined) return undefined;
  const address = parseTcp(text, DEFAULT_PORT);
  if (address === undefined) {
    problems.push(`--metrics ${text}: expected tcp://HOST:PORT`);
    return undefined;
  }
  const host = address.host.toLowerCase() === 'localhost' ? '127.0.0.1' : address.host;
  return { host, port: address.port, plain: LOOPBACK.test(host) };
}
