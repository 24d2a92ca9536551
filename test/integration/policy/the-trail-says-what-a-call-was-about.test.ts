import { describe, expect, it } from 'vitest';
import { validateSettings } from '../../../src/config/validate.ts';
import { FakeObjects, idOf } from '../../support/fake/objects.ts';
import { useGate } from '../../support/gate.ts';

const start = useGate();
const audited = { audit: { ...validateSettings({}).audit, detail: 'standard' as const } };

describe('without a policy, the trail', () => {
  it('says what a call was about in the words of the daemon', async () => {
    const { daemon, connect, audit } = await start(audited);
    const objects = new FakeObjects(daemon);
    objects.containers.push({ id: idOf('a1'), name: 'web', image: 'app:2' });
    objects.execs.set(idOf('e1'), idOf('a1'));
    const client = await connect();
    daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
    const inspected = new Promise<void>((resolve) => {
      objects.afterInspection = resolve;
    });
    const answer = client.call('DELETE', '/containers/a1');
    const call = await daemon.nextCall('DELETE /containers/a1');
    await inspected;
    // What the daemon said before it hears of another call has arrived when that one is answered.
    await (await connect()).call('GET', '/_ping');
    await call.json(200, {});
    expect((await answer).status).toBe(200);
    const line = await audit.next({ event: 'call', method: 'DELETE' });
    expect(line).toMatchObject({
      path: '/containers/a1',
      target: { kind: 'container', id: idOf('a1'), name: 'web', image: 'app:2' },
    });
    expect(line).not.toHaveProperty('decision');
  });

  it('never delays a call: an answer that does not come is not waited for', async () => {
    const { daemon, connect, audit } = await start(audited);
    // Nobody answers this one.
    const asked = daemon.nextCall('GET /containers/web/json');
    daemon.on('POST /containers/web/start', (call) => call.answer(204, []));
    const client = await connect();
    expect((await client.call('POST', '/containers/web/start')).status).toBe(204);
    const { target } = await audit.next({ event: 'call' });
    expect(target).toEqual({ kind: 'container', asked: ['web'] });
    (await asked).breakOff();
  });
});
