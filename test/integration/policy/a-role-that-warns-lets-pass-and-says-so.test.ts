import { describe, expect, it } from 'vitest';
import { useGate } from '../../support/gate.ts';

const start = useGate();

const POLICY = `
users:
  - { user: alice, roles: [trial] }
roles:
  trial:
    mode: warn
    inherits: [viewer]
    constraints: {}
`;
const JSON_TYPE = [['Content-Type', 'application/json']] as const;

describe('a role that only warns', () => {
  it('lets a refusal of the policy pass, and the trail says what would have been', async () => {
    const { daemon, connect, audit } = await start({ policy: POLICY });
    const client = await connect();
    const removal = client.call('DELETE', '/containers/web');
    await (await daemon.nextCall()).answer(204, []);
    expect((await removal).status).toBe(204);
    const line = await audit.next({ event: 'call', status: 204 });
    expect(line).toMatchObject({ decision: 'warn', role: 'trial', end: 'complete' });
    expect(line['reason']).toContain('container.remove is not allowed to the role "trial"');
  });

  it('waives no refusal of another kind: a body that could be read in two ways stays refused', async () => {
    const { daemon, connect } = await start({ policy: POLICY.replace('viewer', 'deployer') });
    const client = await connect();
    const body = '{"Image":"x","HostConfig":{"Privileged":true},"HostConfig":{}}';
    const answer = await client.call('POST', '/containers/create', { headers: JSON_TYPE, body });
    expect(answer.status).toBe(400);
    expect(daemon.calls.all).toEqual([]);
  });
});
