import { describe, expect, it } from 'vitest';
import { KINDS } from '../../support/faults/kinds.ts';
import { useScene } from '../../support/faults/scene.ts';
import type { DaemonCall } from '../../support/fake/daemon-call.ts';
import type { FakeDockerd } from '../../support/fake-dockerd.ts';
import { headerValue } from '../../support/raw/response-reader.ts';

const start = useScene();

/** What befalls the daemon before a call comes; returns how it is mended. */
const BEFORE: Readonly<Record<string, (daemon: FakeDockerd) => Promise<() => unknown>>> = {
  'is absent': async (daemon) => {
    await daemon.stop();
    return () => daemon.start();
  },
  'has left a dead socket': async (daemon) => {
    await daemon.stop({ leaveSocketFile: true });
    return () => daemon.restart();
  },
  'closes each connection as it comes': (daemon) => {
    daemon.onConnect((connection) => {
      connection.destroy();
    });
    return Promise.resolve(() => {
      daemon.onConnect(() => undefined);
    });
  },
};

/** What the daemon does once it has the head of a call. */
const AFTER: Readonly<Record<string, (call: DaemonCall) => unknown>> = {
  'closes behind the head of the call': (call) => {
    call.breakOff();
  },
  'ends its side without an answer': (call) => {
    call.connection.end();
  },
  'closes in the middle of the status line': async (call) => {
    await call.raw('HTTP/1.');
    call.breakOff();
  },
  'closes in the middle of the head': async (call) => {
    await call.raw('HTTP/1.1 200 OK\r\nContent-Type: appl');
    call.breakOff();
  },
  'closes behind an interim answer': async (call) => {
    await call.interim(103);
    call.breakOff();
  },
  'answers garbage': (call) => call.raw('\x16\x03\x01\x02\x00 no HTTP at all\r\n\r\n'),
  'answers with a status of two digits': (call) => call.raw('HTTP/1.1 20 OK\r\n\r\n'),
  'answers as HTTP/0.9 did': (call) => call.raw('<html>hello</html>'),
  'answers with a head over 1 MiB': (call) =>
    call.raw(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(1024 * 1024)}\r\n\r\n`),
};

describe.each(Object.entries(KINDS))('%s', (_, kind) => {
  it.each(Object.entries(BEFORE))('gets a 502 when the daemon %s', async (_, befall) => {
    const scene = await start();
    const mend = await befall(scene.test.daemon);
    const client = await scene.connect();
    await client.send(kind.bytes);

    const answer = await client.readAnswer(kind.method);
    expect(answer.status).toBe(502);
    expect(headerValue(answer, 'content-type')).toBe('application/json');
    await mend();
    await scene.isOver([{ action: kind.action, status: 502, end: 'daemon-gone' }]);
  });

  it.each(Object.entries(AFTER))('gets a 502 when the daemon %s', async (_, misbehave) => {
    const scene = await start();
    const client = await scene.connect();
    await client.send(kind.bytes);
    const call = await scene.test.daemon.nextCall();
    await misbehave(call);

    const answer = await client.readAnswer(kind.method);
    expect(answer.status).toBe(502);
    expect(answer.body.toString()).toContain(scene.test.daemon.socketPath);
    call.breakOff();
    await scene.isOver([{ action: kind.action, status: 502, end: 'daemon-gone' }]);
  });
});
