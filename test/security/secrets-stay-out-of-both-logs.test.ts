import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { validateSettings } from '../../src/config/validate.ts';
import { readOperation } from '../../src/docker-api/operation.ts';
import type { DetailLevel } from '../../src/audit/detail/values.ts';
import type { DaemonCall } from '../support/fake/daemon-call.ts';
import { idOf } from '../support/fake/objects.ts';
import { SECRET_PLACES } from '../support/security/vectors.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { connectPlain } from '../support/raw-client.ts';
import { upgradeBytes, UPGRADES } from '../support/raw/hijack-client.ts';

const start = useGate();
const WEB = idOf('a1');
const EXEC = idOf('e1');

/** Plants a word of its own in each place, and finds those that came up elsewhere. */
class Canaries {
  readonly #places = new Map<string, string>();

  /** Letters and digits that are base64 too, whatever decodes them. */
  at(place: string): string {
    const word = `Canary${randomBytes(9).toString('hex')}`;
    this.#places.set(word, place);
    return word;
  }

  /** The places whose words are in a text, as they are or in base64. */
  in(text: string): string[] {
    return [...this.#places]
      .filter(([word]) => [word, ...inBase64(word)].some((form) => text.includes(form)))
      .map(([, place]) => place);
  }
}

/** What a word looks like inside base64, at each of the three places where it may start. */
function inBase64(word: string): string[] {
  return [0, 1, 2].map((skip) => {
    const text = Buffer.from(`${'.'.repeat(skip)}${word}`).toString('base64');
    return text.replaceAll('=', '').slice(skip === 0 ? 0 : skip + 1, -1);
  });
}

interface Planted {
  readonly target: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What the daemon answers. */
  readonly status?: number;
  readonly answer?: unknown;
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** What the gate answers, where it is not what the daemon does. */
  readonly expect?: number;
}

const encoded = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

/** A call for every place that the daemon's API has for secrets. */
function calls(canary: (place: string) => string): Planted[] {
  const auth = (place: string) => ({
    'X-Registry-Auth': Buffer.from(
      JSON.stringify({
        username: canary(`${place}: user`),
        password: canary(`${place}: password`),
      }),
    ).toString('base64url'),
  });
  const spec = (place: string) => ({
    Name: 'api',
    Labels: { a: canary(`${place}: label`) },
    TaskTemplate: {
      ContainerSpec: {
        Image: 'x',
        Env: [`TOKEN=${canary(`${place}: Env`)}`],
        Args: ['--password', canary(`argv of ${place}`)],
        Labels: { a: canary(`${place}: container label`) },
      },
      LogDriver: { Name: 'x', Options: { token: canary(`${place}: log driver`) } },
    },
  });
  const ca = (place: string) => ({ CAConfig: { SigningCAKey: canary(`${place}: CA key`) } });
  return [
    {
      target: '/containers/create?name=db',
      headers: { Authorization: `Bearer ${canary('Authorization')}`, Cookie: canary('Cookie') },
      body: {
        Image: 'x',
        Env: [`TOKEN=${canary('create: Env')}`, `B=a=${canary('create: Env with =')}`],
        Cmd: [
          'sh',
          '-c',
          `TOKEN='a ${canary('argv of create')}' run`,
          '--password',
          canary('argv 2'),
        ],
        Entrypoint: ['env', `A_SECRET=${canary('argv: entrypoint')}`],
        Labels: { token: canary('create: Labels') },
        Healthcheck: { Test: ['CMD', 'curl', canary('create: Healthcheck')] },
        HostConfig: {
          LogConfig: { Type: 'splunk', Config: { 'splunk-token': canary('create: LogConfig') } },
          Mounts: [
            {
              Type: 'volume',
              Target: '/d',
              VolumeOptions: { DriverConfig: { Options: { o: canary('create: mount options') } } },
            },
          ],
        },
      },
      status: 201,
      answer: { Id: idOf('c7'), Warnings: [canary('create: warning')] },
    },
    {
      target: '/containers/web/exec',
      body: {
        Cmd: ['mysql', `-p${canary('argv of exec')}`],
        Env: [`A=${canary('exec: Env')}`],
      },
      status: 201,
      answer: { Id: EXEC },
    },
    { target: `/exec/${EXEC}/start`, body: { Detach: true }, answer: canary('exec start: answer') },
    {
      target: `/commit?container=web&changes=${encodeURIComponent(`ENV A=${canary('commit: changes')}`)}&comment=${canary('commit: comment')}&author=${canary('commit: author')}`,
      body: { Env: [`A=${canary('commit: Env')}`] },
    },
    {
      target: `/build?t=a&buildargs=${encoded({ TOKEN: canary('build: args') })}&labels=${encoded({ a: canary('build: labels') })}&remote=${encodeURIComponent(`https://u:${canary('build: remote')}@h/r`)}`,
      headers: { 'X-Registry-Config': Buffer.from(canary('X-Registry-Config')).toString('base64') },
      body: canary('build: context'),
      answer: { stream: canary('build: output') },
    },
    {
      target: '/images/create?fromImage=x',
      headers: { ...auth('pull'), 'X-Meta-A': canary('pull: X-Meta') },
    },
    {
      target: `/images/create?fromSrc=${encodeURIComponent(`https://u:${canary('import: fromSrc')}@h/r`)}&repo=a&changes=${canary('import: changes')}&message=${canary('import: message')}`,
    },
    {
      target: '/images/x/push',
      headers: { ...auth('push'), 'X-Meta-A': canary('push: X-Meta') },
    },
    { method: 'GET', target: '/images/search?term=x', headers: auth('search') },
    { method: 'GET', target: '/distribution/x/json', headers: auth('distribution') },
    {
      target: '/auth',
      body: {
        username: canary('auth: username'),
        password: canary('auth: password'),
        identitytoken: canary('auth: identitytoken'),
        registrytoken: canary('auth: registrytoken'),
        serveraddress: 'reg.io',
      },
      answer: { IdentityToken: canary('auth: answer') },
    },
    {
      target: '/volumes/create',
      body: {
        Name: 'v',
        DriverOpts: { type: 'cifs', o: `password=${canary('volume: options')}` },
        Labels: { a: canary('volume: label') },
      },
      answer: { Name: 'v', Options: { o: canary('volume: answer') } },
    },
    { target: '/networks/create', body: { Name: 'n', Options: { a: canary('network: options') } } },
    {
      target: '/swarm/init',
      body: { ListenAddr: 'l', Spec: ca('swarm init') },
      answer: canary('swarm init: answer'),
    },
    { target: '/swarm/join', body: { RemoteAddrs: ['h'], JoinToken: canary('swarm join: token') } },
    { target: '/swarm/update?version=1', body: ca('swarm update') },
    { target: '/swarm/unlock', body: { UnlockKey: canary('swarm unlock') } },
    {
      method: 'GET',
      target: '/swarm',
      answer: { JoinTokens: { Worker: canary('swarm: answer') } },
    },
    { method: 'GET', target: '/swarm/unlockkey', answer: { UnlockKey: canary('unlockkey') } },
    { target: '/services/create', headers: auth('service create'), body: spec('service create') },
    {
      target: '/services/s/update?version=1',
      headers: auth('service update'),
      body: spec('service update'),
    },
    ...['secrets', 'configs'].flatMap((kind) => [
      {
        target: `/${kind}/create`,
        body: {
          Name: 'db',
          Data: canary(`${kind}: data`),
          Labels: { a: canary(`${kind}: label`) },
        },
        status: 201,
        answer: { ID: 'i1' },
      },
      {
        target: `/${kind}/i1/update?version=1`,
        body: { Name: 'db', Data: canary(`${kind}: update`) },
      },
      {
        method: 'GET',
        target: `/${kind}/i1`,
        answer: { Spec: { Data: canary(`${kind}: answer`) } },
      },
    ]),
    { method: 'GET', target: '/plugins/privileges?remote=x', headers: auth('plugin privileges') },
    { target: '/plugins/pull?remote=x', headers: auth('plugin pull'), body: [] },
    ...['/plugins/x/upgrade?remote=x', '/plugins/x/push'].map((target) => ({
      ...{ target, headers: auth(target), body: [] },
    })),
    {
      method: 'PUT',
      target: '/containers/web/archive?path=/tmp',
      body: canary('archive: content'),
    },
    {
      method: 'HEAD',
      target: '/containers/web/archive?path=/etc/passwd',
      answerHeaders: {
        'X-Docker-Container-Path-Stat': Buffer.from(canary('archive: stat')).toString('base64'),
      },
    },
    { target: '/plugins/x/set', body: [`TOKEN=${canary('plugin set')}`] },
    ...['json', 'logs?stdout=1', 'top?ps_args=e', 'export', 'archive?path=/']
      .map((what) => `/containers/web/${what}`)
      .concat(['/containers/json', `/exec/${EXEC}/json`])
      .concat(['history', 'json', 'get', 'attestations'].map((what) => `/images/x/${what}`))
      .concat(['/services', '/services/s', '/tasks', '/tasks/t', '/volumes', '/volumes/v'])
      .concat(['/configs', '/secrets', '/plugins', '/plugins/x/json'])
      .concat(['/info', '/system/df', '/events?until=1'])
      .concat(['vars', 'pprof/cmdline', 'pprof/heap'].map((what) => `/debug/${what}`))
      .map((target) => ({ method: 'GET', target, answer: { Env: [canary(`answer: ${target}`)] } })),
    {
      method: 'GET',
      target: `/containers/json?filters=${encoded({ label: [`token=${canary('filters: label')}`] })}&token=${canary('unknown parameter')}`,
    },
    {
      target: '/containers/web/wait',
      body: '',
      answer: { StatusCode: 1, Error: { Message: canary('wait: error') } },
    },
    // Refused by the gate, or by the daemon.
    {
      target: '/containers/create',
      body: `{"Env":["A=${canary('400: Env')}"],"Env":[]}`,
      expect: 400,
    },
    { target: '/containers/create', body: `{"Env":"${canary('400: type')}"}`, expect: 400 },
    { target: '/secrets/create', body: `{"Data":"${canary('400: cut')}`, expect: 400 },
    { target: '/containers/create', body: { Image: canary('413').repeat(20_000) }, expect: 413 },
    { target: `/v1.47//info?token=${canary('400: query')}`, method: 'GET', expect: 400 },
    {
      target: '/v1.47/auth',
      body: { password: canary('500: body') },
      status: 500,
      answer: { message: canary('500: answer') },
    },
  ];
}

async function answerAll(
  call: DaemonCall,
  planted: readonly Planted[],
  own: string,
): Promise<void> {
  await call.body.readAll();
  const asked = planted.find(({ target }) => target === call.target);
  if (call.header('user-agent') === 'dockgate' || asked === undefined) {
    if (call.path.startsWith('/exec/')) {
      await call.json(200, {
        ID: EXEC,
        ContainerID: WEB,
        Running: false,
        ExitCode: 0,
        ProcessConfig: { arguments: [own] },
      });
    } else {
      await call.json(200, {
        Id: WEB,
        Name: '/web',
        Image: `sha256:${WEB}`,
        Args: [own],
        Config: { Image: 'x', Env: [own], Labels: { a: own } },
      });
    }
    return;
  }
  const headers = Object.entries(asked.answerHeaders ?? {});
  await call.json(asked.status ?? 200, asked.answer ?? {}, headers);
}

async function makeCall({ connect }: TestGate, planted: Planted): Promise<number> {
  const { method = 'POST', target, headers = {}, body } = planted;
  const client = await connect();
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const type = /^\/build|archive/.test(target) ? 'application/x-tar' : 'application/json';
  const { status } = await client.call(method, target, {
    headers: [
      ...Object.entries(headers),
      ...(body === undefined ? [] : [['Content-Type', type] as const]),
    ],
    ...((method === 'POST' || method === 'PUT') && { body: text }),
  });
  return status;
}

/** Streams that leave HTTP, with a secret on each way. */
async function tunnels(
  { connect, daemon }: TestGate,
  canary: (place: string) => string,
): Promise<number> {
  const upgrades = Object.entries(UPGRADES);
  for (const [name, { ...upgrade }] of upgrades) {
    const target = upgrade.target.replace('/exec/e1/', `/exec/${EXEC}/`);
    const client = await connect();
    await client.send(upgradeBytes({ ...upgrade, target }));
    const call = await daemon.nextCall(`${upgrade.method} ${target.replace(/^\/v1.41|\?.*/g, '')}`);
    await call.body.readAll();
    const stream = await call.hijack(upgrade.kind);
    await client.readHead();
    await client.send(canary(`${name}: input`));
    client.end();
    await stream.readAll();
    await stream.write(canary(`${name}: output`));
    stream.end();
    await client.source.readAll();
  }
  return upgrades.length;
}

/** Those who are no clients, or speak no HTTP. */
async function strangers(
  { port, connect, audit }: TestGate,
  canary: (place: string) => string,
): Promise<void> {
  const plain = await connectPlain(port);
  plain.end(
    `GET /?token=${canary('plaintext: query')} HTTP/1.1\r\nCookie: ${canary('plaintext')}\r\n\r\n`,
  );
  await audit.next({ event: 'peer-refused' });
  const client = await connect();
  await client.send(
    `NOT HTTP ${canary('malformed: line')}\r\nAuthorization: ${canary('malformed')}\r\n\r\n`,
  );
  await audit.next({ event: 'call', status: 400, method: undefined });
}

const settings = (level: DetailLevel) => ({
  audit: { ...validateSettings({}).audit, detail: level },
  logLevel: 'debug' as const,
  maxInspectedBody: 64 * 1024,
});

it.each(['standard', 'minimal', 'full', 'off'] as const)(
  'at level %s no secret is in either of the logs, wherever it was',
  async (level) => {
    const gate = await start(settings(level));
    const canaries = new Canaries();
    const canary = (place: string): string => canaries.at(place);
    const planted = calls(canary);
    const own = canary("the gate's own inspections");
    const isPlanted = ({ target }: DaemonCall): boolean =>
      planted.some((call) => call.target === target);
    gate.daemon.on(
      (call) => call.method === 'GET' || isPlanted(call),
      (call) => (call.header('upgrade') === undefined ? answerAll(call, planted, own) : undefined),
    );
    for (const call of planted) {
      // Where nothing is told, no body is read: then the daemon judges it.
      const status = level === 'off' && call.body !== undefined ? undefined : call.expect;
      const answered = await makeCall(gate, call);
      if (status !== undefined) expect([call.target, answered]).toEqual([call.target, status]);
      else if (level !== 'off')
        expect([call.target, answered]).toEqual([call.target, call.status ?? 200]);
    }
    await strangers(gate, canary);

    await gate.gate.stop();
    expect(gate.audit.having({ event: 'call' })).toHaveLength(planted.length + 1);
    for (const text of [gate.audit.text, gate.log.text]) {
      const found = canaries.in(text);
      if (level === 'full' && text === gate.audit.text) {
        expect(found).not.toEqual([]);
        for (const place of found) expect(place).toMatch(/^argv/);
      } else expect(found).toEqual([]);
      const key = readFileSync(gate.config.tls.key, 'utf8').split('\n')[1] ?? '';
      expect(key.length).toBeGreaterThan(40);
      expect(text).not.toContain(key);
    }
  },
);

it('a canary is planted in every place of the API that may hold a secret', () => {
  const canaries = new Canaries();
  const planted = calls((place) => canaries.at(place));
  const has = (...parts: unknown[]): boolean => canaries.in(JSON.stringify(parts)).length > 0;
  const covered = planted.flatMap((call) => {
    const { method = 'POST', target, headers, body, answer, answerHeaders } = call;
    if (call.expect !== undefined) return [];
    const { action } = readOperation(method, target);
    return [
      ...(has(target, headers, body) ? [`${action} request`] : []),
      ...(has(answer, answerHeaders) ? [`${action} answer`] : []),
    ];
  });
  // Those leave HTTP, and are planted on both ways in the next test.
  const tunnelled = Object.values(UPGRADES).map(({ method, target }) => {
    return readOperation(method, target).action;
  });
  const all = new Set([...covered, ...tunnelled.flatMap((a) => [`${a} request`, `${a} answer`])]);
  const missing = SECRET_PLACES.filter(({ action, side }) => !all.has(`${action} ${side}`));
  expect(missing).toEqual([]);
  expect(SECRET_PLACES.length).toBeGreaterThan(60);
});

it('what streams carry is in neither of the logs', async () => {
  const gate = await start(settings('full'));
  const canaries = new Canaries();
  const own = canaries.at("the gate's own inspections");
  gate.daemon.on(
    (call) => call.header('user-agent') === 'dockgate',
    (call) => answerAll(call, [], own),
  );
  const count = await tunnels(gate, (place) => canaries.at(place));
  await gate.gate.stop();
  expect(gate.audit.having({ event: 'call', status: 101 })).toHaveLength(count);
  expect(canaries.in(gate.audit.text + gate.log.text)).toEqual([]);
});

it('what a policy refuses is in neither of the logs', async () => {
  const policy = 'users: [{ user: alice, roles: [none] }]\nroles: { none: { allow: [] } }\n';
  const gate = await start({ ...settings('standard'), policy });
  const canaries = new Canaries();
  const planted = calls((place) => canaries.at(place));
  for (const call of planted) expect(await makeCall(gate, call)).toBeGreaterThanOrEqual(400);
  await gate.gate.stop();
  expect(gate.audit.having({ event: 'call', status: 403 }).length).toBeGreaterThan(20);
  expect(canaries.in(gate.audit.text + gate.log.text)).toEqual([]);
});
