import type { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { TestGate } from './gate.ts';
import type { HeaderLine, Response } from './raw/response-reader.ts';
import { connectPlain, RawClient } from './raw-client.ts';

/** Settings of a gate that is watched on loopback. */
export const WATCHED = { metrics: { host: '127.0.0.1', port: 0, plain: true } } as const;

/** The port on which a gate is watched. */
export function monitorPort({ gate }: TestGate): number {
  if (gate.metrics === undefined) throw new Error('this gate is not watched');
  return gate.metrics.port;
}

/** A plain client of the listener from which the gate is watched. */
export async function connectMonitor(gate: TestGate): Promise<RawClient> {
  const tcp = await connectPlain(monitorPort(gate));
  // What reads and writes does not look whether there is TLS.
  const client = new RawClient(tcp as unknown as TLSSocket, tcp);
  onTestFinished(() => {
    client.destroy();
  });
  return client;
}

export interface MonitorRequest {
  readonly host?: string;
  readonly headers?: readonly HeaderLine[];
  readonly body?: string;
}

export function monitorRequest(
  method: string,
  target: string,
  { host = '127.0.0.1', headers = [], body }: MonitorRequest = {},
): string {
  const length = body === undefined ? [] : [`Content-Length: ${body.length}`];
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...lines, ...length];
  return `${head.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

/** One request on a connection of its own. */
export async function watch(
  gate: TestGate,
  target: string,
  { method = 'GET', ...request }: MonitorRequest & { readonly method?: string } = {},
): Promise<Response> {
  const client = await connectMonitor(gate);
  await client.send(monitorRequest(method, target, request));
  return client.readAnswer(method);
}

/** The value of a series as Prometheus would read it; undefined where it is not there. */
export function seriesOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** Everything that is measured, now. */
export async function scrape(gate: TestGate): Promise<string> {
  const { status, body } = await watch(gate, '/metrics');
  if (status !== 200) throw new Error(`${status}: ${body.toString()}`);
  return body.toString();
}
