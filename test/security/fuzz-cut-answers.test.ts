import { describe, expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';
import {
  answerAndGo,
  answerOf,
  expectLine,
  expectOneLineEach,
  GET,
  GOES,
  OK,
  SHAPES,
  UPGRADE,
} from '../support/security/answers.ts';
import { HANG_MS, head } from '../support/security/attack.ts';
import { FUZZ_TIMEOUT_MS } from '../support/security/fuzz.ts';

const start = useGate();

describe.each(GOES)('a daemon that %s', (goes) => {
  it.each(Object.entries(SHAPES))(
    'at any byte of an answer %s never makes it look whole',
    { timeout: FUZZ_TIMEOUT_MS },
    async (_, { request, method, answer, status, body }) => {
      const gate = await start();
      for (let cut = 0; cut <= answer.length; cut += 1) {
        const client = await answerAndGo(gate, request, answer.slice(0, cut), goes);
        const got = await answerOf(client, method);
        const what = `cut at byte ${cut}: ${JSON.stringify(answer.slice(0, cut))}`;
        if (cut === answer.length) expect(got, what).toMatchObject({ status, isWhole: true });
        else if (got?.isWhole === true) expect(got.status, what).toBe(502);
        if (got?.status === status) expect(body.startsWith(got.body.toString()), what).toBe(true);
        await expectLine(gate, client);
      }
      expect(gate.daemon.calls.all).toHaveLength(answer.length + 1);
      await expectOneLineEach(gate);
    },
  );
});

it(
  'a close-delimited answer ends with the daemon’s connection, at whatever byte, and gains no length',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    const gate = await start();
    const first = head(OK, 'Content-Type: text/plain', 'Connection: close');
    const answer = `${first}as long as it lasts`;
    for (let cut = 0; cut <= answer.length; cut += 1) {
      const client = await answerAndGo(gate, GET.request, answer.slice(0, cut), 'half-closes');
      const got = await answerOf(client, 'GET');
      if (cut < first.length) expect(got?.status ?? 502).toBe(502);
      else expect(got).toMatchObject({ status: 200, framing: 'close' });
      if (got?.status === 200) expect(got.body.toString()).toBe(answer.slice(first.length, cut));
      await expectLine(gate, client);
    }
    await expectOneLineEach(gate);
  },
);

it(
  'a 101 that is cut is none, and a tunnel that is cut brings what had come',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    const gate = await start();
    const first = head('HTTP/1.1 101 UPGRADED', 'Connection: Upgrade', 'Upgrade: tcp');
    const answer = `${first}output`;
    for (let cut = 0; cut <= answer.length; cut += 1) {
      const client = await answerAndGo(gate, UPGRADE.request, answer.slice(0, cut), 'closes');
      const got = await within(HANG_MS, client.readHead());
      expect(got?.status).toBe(cut < first.length ? 502 : 101);
      if (cut >= first.length) {
        expect((await within(HANG_MS, client.source.readAll())).toString()).toBe(
          answer.slice(first.length, cut),
        );
      }
      await expectLine(gate, client);
    }
    await expectOneLineEach(gate);
  },
);
