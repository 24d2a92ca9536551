import type { Socket } from 'node:net';
import type { DaemonCall } from '../fake/daemon-call.ts';
import type { HijackedStream, HijackKind } from '../fake/hijacked.ts';
import type { FakeDockerd } from '../fake-dockerd.ts';
import { requestBytes, type RawClient } from '../raw-client.ts';
import type { ResponseHead } from './response-reader.ts';

export interface Upgrade {
  readonly method: 'POST' | 'GET';
  readonly target: string;
  readonly token: string;
  /** What the daemon answers. */
  readonly kind: HijackKind;
  readonly body?: string;
}

/** `docker attach` and `docker run`. */
export const ATTACH: Upgrade = {
  method: 'POST',
  target: '/v1.41/containers/x/attach?stream=1&stdin=1&stdout=1',
  token: 'tcp',
  kind: 'multiplexed-stream',
};

/** `docker exec`. */
export const EXEC_START: Upgrade = {
  method: 'POST',
  target: '/v1.41/exec/e1/start',
  token: 'tcp',
  kind: 'raw-stream',
  body: '{"Detach":false,"Tty":true}',
};

/** Every route that may be hijacked, with the token that is its own. */
export const UPGRADES: Readonly<Record<string, Upgrade>> = {
  attach: ATTACH,
  'exec start': EXEC_START,
  session: { method: 'POST', target: '/session', token: 'h2c', kind: 'h2c' },
  grpc: { method: 'POST', target: '/grpc', token: 'h2c', kind: 'h2c' },
  'attach over websocket': {
    method: 'GET',
    target: '/v1.41/containers/x/attach/ws?stream=1',
    token: 'websocket',
    kind: 'websocket',
  },
};

/** The request as the docker CLI writes it. */
export function upgradeBytes({ method, target, token, body }: Upgrade): Buffer {
  const type = body === undefined ? 'text/plain' : 'application/json';
  return requestBytes(method, target, {
    headers: [
      ['Connection', 'Upgrade'],
      ['Upgrade', token],
      ...(token === 'websocket' ? WEBSOCKET_HEADERS : []),
      ...(method === 'POST' ? ([['Content-Type', type]] as const) : []),
    ],
    ...(method === 'POST' && { body: body ?? '' }),
  });
}

const WEBSOCKET_HEADERS = [
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['Sec-WebSocket-Version', '13'],
  ['Origin', 'http://localhost'],
] as const;

export interface Tunnel {
  readonly call: DaemonCall;
  readonly container: HijackedStream;
  readonly head: ResponseHead;
}

/** Upgrades on both ends; from here on the client and the container have a raw stream. */
export async function openTunnel(
  client: RawClient<Socket>,
  daemon: FakeDockerd,
  upgrade: Upgrade = ATTACH,
): Promise<Tunnel> {
  await client.send(upgradeBytes(upgrade));
  const call = await daemon.nextCall();
  await call.body.readAll();
  const container = await call.hijack(upgrade.kind);
  const head = await client.readHead();
  if (head?.status !== 101) throw new Error(`expected 101, got ${head?.status ?? 'nothing'}`);
  return { call, container, head };
}
