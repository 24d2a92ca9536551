import type { DaemonCall } from '../fake/daemon-call.ts';
import { requestBytes } from '../raw-client.ts';
import { EXEC_START, upgradeBytes } from '../raw/hijack-client.ts';

/** One kind of call, as a client sends it, and how a daemon begins to answer it. */
export interface Kind {
  readonly method: string;
  readonly bytes: Buffer;
  /** The name of the call in the trail. */
  readonly action: string;
  /** Status of the answer that the daemon begins. */
  readonly status: number;
  /** Head and half of the body. */
  readonly begin: (call: DaemonCall) => Promise<unknown>;
  /** True where the answer's end can only be told from the end of the connection. */
  readonly raw: boolean;
}

export const HALF = 'half of it';

const ordinary: Kind = {
  method: 'GET',
  bytes: requestBytes('GET', '/info'),
  action: 'system.info',
  status: 200,
  begin: async (call) => {
    await call.start({ length: 100 });
    await call.write(HALF);
  },
  raw: false,
};

const stream: Kind = {
  method: 'GET',
  bytes: requestBytes('GET', '/events'),
  action: 'system.events',
  status: 200,
  begin: async (call) => {
    await call.start('chunked');
    await call.write(HALF);
  },
  raw: false,
};

const upload: Kind = {
  ...stream,
  method: 'POST',
  bytes: requestBytes('POST', '/images/load', { body: 'x'.repeat(1000) }),
  action: 'image.load',
};

const upgraded: Kind = {
  method: 'POST',
  bytes: upgradeBytes(EXEC_START),
  action: 'exec.start',
  status: 101,
  begin: async (call) => {
    await call.body.readAll();
    await (await call.hijack('raw-stream')).write(HALF);
  },
  raw: true,
};

const hijacked: Kind = {
  ...upgraded,
  bytes: requestBytes('POST', '/exec/e1/start', {
    headers: [['Content-Type', 'application/json']],
    body: '{"Detach":false}',
  }),
  status: 200,
  begin: async (call) => {
    await call.body.readAll();
    await (await call.hijack('no-upgrade')).write(HALF);
  },
};

/** Every kind of call that the gate carries in a way of its own. */
export const KINDS: Readonly<Record<string, Kind>> = {
  'an ordinary call': ordinary,
  'a stream': stream,
  'an upload': upload,
  'an upgraded call': upgraded,
  'a call hijacked without an upgrade': hijacked,
};
