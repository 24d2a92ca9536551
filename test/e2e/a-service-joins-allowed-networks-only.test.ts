import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustRun } from '../support/e2e/child.ts';
import { credentials } from '../support/e2e/connect.ts';
import { docker, unique } from '../support/e2e/docker.ts';
import { Gate } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { tlsEndpoint, unixEndpoint, type Endpoint } from '../support/e2e/world.ts';
import { PrivateDockerd } from '../support/private-dockerd.ts';

const POLICY = `
users: [{ user: alice, roles: [shipper] }]
roles:
  shipper:
    allow: [meta, 'service.*', network.inspect]
    constraints: { networks: ['dev-*'], images: [app] }
`;

/** A network of its own, since a manager listens on fixed ports. */
const ALONE = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
/** Nothing runs: which network a service joins is settled when it is made. */
const CREATE = ['service', 'create', '--detach', '--no-resolve-image', '--replicas', '0'];

endToEndGate('networks of services in a real swarm', (world) => {
  const [cli] = world.clis;
  const daemon = new PrivateDockerd([], false, ALONE);
  let direct: Endpoint;
  let alice: Endpoint;
  let gate: Gate;

  const asRoot = async (...args: readonly string[]) =>
    (await mustRun(cli.path, args, { env: direct.env })).trim();
  const asAlice = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await docker(cli, alice, args);
    return { code, text: `${stdout.toString()}${stderr}` };
  };
  const idOf = (name: string) => asRoot('network', 'inspect', '--format', '{{.Id}}', name);
  const joinedBy = async (service: string) =>
    JSON.parse(
      await asRoot(
        'service',
        'inspect',
        '--format',
        '{{json .Spec.TaskTemplate.Networks}}',
        service,
      ),
    ) as unknown;

  beforeAll(async () => {
    await daemon.start();
    direct = unixEndpoint(daemon.socket, world.home);
    await asRoot('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1');
    for (const name of ['dev-front', 'dev-back', 'prod']) {
      await asRoot('network', 'create', '--driver', 'overlay', name);
    }
    const certs = join(world.dir, unique('swarm-certs'));
    const policyFile = join(world.dir, unique('swarm-policy.yaml'));
    writeFileSync(policyFile, POLICY);
    gate = await Gate.start({
      ...{ certs, socket: daemon.socket, home: world.home },
      auditLog: join(world.dir, unique('swarm-audit.jsonl')),
      args: ['--policy', policyFile, '--client', 'alice'],
    });
    alice = tlsEndpoint('dockgate', gate.port, join(certs, 'clients/alice'), world.home);
  });
  afterAll(async () => {
    await gate.stop();
    await daemon.remove();
  });

  /** As no docker client does: the reference goes to the gate as it is. */
  async function create(body: object) {
    const { address } = alice;
    if (!('certPath' in address)) throw new Error('alice is no client of the gate');
    const call = request({
      ...{ host: address.host, port: address.port, method: 'POST', path: '/v1.41/services/create' },
      ...{ ...credentials(address.certPath), headers: { 'Content-Type': 'application/json' } },
      agent: false,
    });
    const answer = new Promise<{ status: number; said: string }>((resolve, reject) => {
      call.on('error', reject);
      call.on('response', (response) => {
        const { statusCode: status = 0 } = response;
        text(response).then((said) => {
          resolve({ status, said });
        }, reject);
      });
    });
    call.end(JSON.stringify(body));
    return answer;
  }

  const spec = (Name: string, Target: string) => ({
    Name,
    Mode: { Replicated: { Replicas: 0 } },
    TaskTemplate: { ContainerSpec: { Image: 'app' }, Networks: [{ Target }] },
  });

  describe('the docker command', () => {
    it('makes a service in a network that is allowed, by name, id and beginning of an id', async () => {
      const id = await idOf('dev-front');
      for (const [index, reference] of ['dev-front', id, id.slice(0, 6)].entries()) {
        const name = `good-${index}`;
        const { code, text: said } = await asAlice(
          ...[...CREATE, '--name', name, '--network', reference, 'app'],
        );
        expect({ code, said }).toMatchObject({ code: 0 });
        expect(await joinedBy(name)).toEqual([{ Target: id }]);
      }
      const added = await asAlice(
        'service',
        'update',
        '--detach',
        '--network-add',
        'dev-back',
        'good-0',
      );
      expect(added).toMatchObject({ code: 0 });
      expect(await joinedBy('good-0')).toEqual(
        expect.arrayContaining([{ Target: id }, { Target: await idOf('dev-back') }]) as unknown,
      );
    });

    it('hears which network it may not join, and the host’s is one of them', async () => {
      const id = await idOf('prod');
      for (const reference of ['prod', id, id.slice(0, 6)]) {
        const { code, text: said } = await asAlice(...CREATE, '--network', reference, 'app');
        expect(code).toBe(1);
        expect(said).toContain('"prod" is not allowed');
      }
      const onHost = await asAlice(...CREATE, '--network', 'host', 'app');
      expect(onHost.text).toContain('network=host');
      await asAlice(...CREATE, '--name', 'plain', 'app');
      const added = await asAlice(
        'service',
        'update',
        '--detach',
        '--network-add',
        'prod',
        'plain',
      );
      expect(added).toMatchObject({ code: 1 });
      expect(added.text).toContain('"prod" is not allowed');
      expect(await joinedBy('plain')).toBeNull();
    });
  });

  describe('a call by hand', () => {
    it('is about the network that the swarm means, and that stands in the service', async () => {
      const id = await idOf('dev-front');
      for (const [index, reference] of ['dev-front', id, id.slice(0, 6)].entries()) {
        expect(await create(spec(`by-hand-${index}`, reference))).toMatchObject({ status: 201 });
        expect(await joinedBy(`by-hand-${index}`)).toEqual([{ Target: id }]);
      }
    });

    it('talks around nothing: not by an id that a network of this node has for a name', async () => {
      const prod = await idOf('prod');
      const decoy = prod.slice(0, 5);
      const local = await idOf('host');
      await asRoot('network', 'create', '--driver', 'bridge', '--scope', 'local', 'dev-decoy');
      await asRoot('network', 'create', '--driver', 'bridge', '--scope', 'local', decoy);
      for (const reference of ['prod', prod, decoy, 'host', local, local.slice(0, 9), 'ingress']) {
        expect(await create(spec('bad', reference))).toMatchObject({ status: 403 });
      }
      for (const reference of ['dev-decoy', 'none', 'gone', '']) {
        expect(await create(spec('bad', reference))).toMatchObject({ status: 400 });
      }
      expect(await asRoot('service', 'ls', '--quiet', '--filter', 'name=bad')).toBe('');
    });
  });
});
