import { rename, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FakeObjects } from '../../support/fake/objects.ts';
import { useGate } from '../../support/gate.ts';

const start = useGate();

const policy = (role: string): string => `users: [{ user: alice, roles: [${role}] }]\n`;

async function scene(role: string) {
  const gate = await start({ policy: policy(role) });
  gate.daemon.on(
    () => true,
    (call) => call.json(200, []),
  );
  const client = await gate.connect();
  const statusOf = async (method: string, target: string) =>
    (await client.call(method, target)).status;
  return { ...gate, statusOf };
}

describe('a policy that changes', () => {
  it('is in force once it has been written, on connections that are open too', async () => {
    const { statusOf, policyFile, audit } = await scene('viewer');
    expect(await statusOf('POST', '/containers/x/start')).toBe(403);
    await writeFile(policyFile, policy('operator'));
    await audit.next({ event: 'gate-reload', policy: policyFile });
    expect(await statusOf('POST', '/containers/x/start')).toBe(200);
  });

  it('is seen where the file is replaced by another, again and again', async () => {
    const { statusOf, policyFile, audit } = await scene('viewer');
    for (const [role, status] of [
      ['operator', 200],
      ['viewer', 403],
      ['admin', 200],
    ] as const) {
      await writeFile(`${policyFile}.new`, policy(role));
      await rename(`${policyFile}.new`, policyFile);
      await audit.next({ event: 'gate-reload', policy: policyFile });
      expect(await statusOf('POST', '/containers/x/start')).toBe(status);
    }
  });

  it('is read at once when it is asked for', async () => {
    const { gate, statusOf, policyFile } = await scene('viewer');
    await writeFile(policyFile, policy('operator'));
    await gate.reload('test');
    expect(await statusOf('POST', '/containers/x/start')).toBe(200);
  });
});

describe('a bad policy', () => {
  it.each([
    ['is no YAML', 'users: ['],
    ['has a role that is none', policy('opertor')],
    ['has a setting that is none', `${policy('admin')}rules: []\n`],
    ['is empty', ''],
  ])('is refused whole, and the old one stays: it %s', async (_, text) => {
    const { gate, log, statusOf, policyFile, audit } = await scene('viewer');
    await writeFile(policyFile, text);
    await gate.reload('test');
    const line = await audit.next({ event: 'gate-reload', policy: policyFile });
    expect(line['reason']).toMatch(/policy\.yaml:\d+:\d+: /);
    expect(log.having({ level: 50 })).not.toEqual([]);
    expect(await statusOf('POST', '/containers/x/start')).toBe(403);
    expect(await statusOf('GET', '/containers/json')).toBe(200);
  });

  it('that is gone leaves the old one in force', async () => {
    const { gate, statusOf, policyFile, audit } = await scene('viewer');
    await rm(policyFile);
    await gate.reload('test');
    expect((await audit.next({ event: 'gate-reload', policy: policyFile }))['reason']).toContain(
      'ENOENT',
    );
    expect(await statusOf('POST', '/containers/x/start')).toBe(403);
  });

  it('at the start means no start', async () => {
    await expect(start({ policy: 'users: 1' })).rejects.toMatchObject({ code: 'POLICY_INVALID' });
    await expect(start({ policyFile: '/nowhere/policy.yaml' })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    });
  });
});

it('a call is judged by the policy that was in force when it came', async () => {
  const { gate, daemon, connect, policyFile } = await start({
    policy: policy('deployer'),
  });
  new FakeObjects(daemon);
  const client = await connect();
  const body = '{"Image":"app:1"}';
  await client.send(
    `POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  expect((await client.readInterim()).status).toBe(100);
  await writeFile(policyFile, policy('viewer'));
  await gate.reload('test');
  await client.send(body);
  await (await daemon.nextCall('POST /containers/create')).json(201, {});
  expect((await client.readAnswer('POST')).status).toBe(201);
  expect((await client.call('POST', '/containers/create')).status).toBe(403);
});
