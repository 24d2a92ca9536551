import { describe, expect, it } from 'vitest';
import { readBody } from '../../src/docker-api/body/read-body.ts';
import type { BodyAction } from '../../src/docker-api/body/bodies.ts';
import { readVersion } from '../../src/docker-api/version.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { exchange, expectAlive, expectRefused, head, linesOf } from '../support/security/attack.ts';

const start = useGate();
const inspecting = (): Promise<TestGate> =>
  start({ bodyNeeds: { policy: true, auditDetail: false } });

const JSON_TYPE = 'Content-Type: application/json';
const CREATE = 'POST /v1.43/containers/create';

/** A request with a body of known length. */
function request(line: string, body: string | Buffer, ...lines: readonly string[]): Buffer {
  const bytes = Buffer.from(body);
  const lengths = ['Host: d', ...lines, `Content-Length: ${bytes.length}`];
  return Buffer.concat([Buffer.from(head(`${line} HTTP/1.1`, ...lengths)), bytes]);
}

/** What reaches the daemon of a request, which it answers with 201. */
async function arriving(bytes: Buffer | string) {
  const gate = await inspecting();
  const bodies: string[] = [];
  gate.daemon.on(
    () => true,
    async (call) => {
      bodies.push((await call.body.readAll()).toString());
      await call.json(201, {});
    },
  );
  const { client, answer } = await exchange(gate, bytes);
  expect(answer.status).toBe(201);
  const [call] = gate.daemon.calls.all;
  return { bodies, framing: call?.body.framing, line: linesOf(gate, client)[0] };
}

const viewOf = (action: BodyAction, body: unknown, version = '1.43') =>
  readBody(action, readVersion(version), Buffer.from(JSON.stringify(body)));

/** Rows of bodies that the daemon could read otherwise than others do. */
const REFUSED: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  'BODY-002: an object that comes twice is refused': [
    '{"HostConfig":{"Privileged":true},"HostConfig":{}}',
    '{"HostConfig":{"Privileged":true},"hostconfig":{}}',
    '{"HostConfig":{"Privileged":true},"Ho\\u0073tConfig":{}}',
    '{"HostConfig":{},"ho\u017ftconfig":{"Privileged":true}}',
    '{"NetworkingConfig":{},"networ\u212aingConfig":{}}',
  ],
  'BODY-003: a list that comes twice is refused': [
    '{"HostConfig":{"Mounts":[{"Type":"bind","Source":"/","Target":"/h"}]},"HostConfig":{"Mounts":[{"Target":"/x"}]}}',
    '{"HostConfig":{"Mounts":[{"Source":"/"}],"mounts":[{}]}}',
  ],
  'BODY-004: a null behind a value is refused': [
    '{"HostConfig":{"Privileged":true,"Privileged":null}}',
    '{"HostConfig":{"Binds":["/:/h"],"binds":null}}',
  ],
  'BODY-005: a map with a key twice is refused': ['{"Labels":{"A":"1","A":"2"}}'],
  'BODY-006: what comes behind the end is refused': [
    '{"Image":"x"} }garbage',
    '{"Image":"x"} ]garbage',
    '{"Image":"x"}{"HostConfig":{"Privileged":true}}',
    'null null',
  ],
  'BODY-007: what is no plain UTF-8 is refused': [
    Buffer.from('\ufeff{"Image":"x"}'),
    Buffer.from('{"Image":"x"}', 'utf16le'),
    Buffer.from('{"Image":"\xff"}', 'latin1'),
    String.raw`{"Image":"\ud800"}`,
    String.raw`{"Image":"\udc00\ud800"}`,
  ],
  'BODY-008: an array, and nothing where something is needed, are refused': ['[]', '', ' '],
  'BODY-009: a wrong type is refused': [
    '{"HostConfig":{"Privileged":1}}',
    '{"HostConfig":{"Privileged":"true"}}',
    '{"HostConfig":{"Binds":"/:/h"}}',
    '{"Env":{"A":"1"}}',
  ],
  'BODY-010: a number that would be rounded is refused': [
    '{"HostConfig":{"Memory":9007199254740993}}',
    '{"HostConfig":{"Memory":1e400}}',
    '{"HostConfig":{"Memory":1.0}}',
    '{"HostConfig":{"Memory":1e3}}',
  ],
  'BODY-017: a field of old daemons at the top is refused': [
    '{"Image":"x","Privileged":true}',
    '{"Image":"x","Binds":["/:/h"],"HostConfig":{}}',
  ],
};

describe('a body that others could read otherwise', () => {
  const rows = Object.entries(REFUSED).flatMap(([row, bodies]) =>
    bodies.map((body) => [row, body] as const),
  );
  it.each(rows)('%s: %s', async (_, body) => {
    const line = await expectRefused(await inspecting(), request(CREATE, body, JSON_TYPE));
    expect(line).toMatchObject({ action: 'container.create' });
    expect(line['reason']).not.toContain('garbage');
  });

  it.each(['gzip', 'deflate', 'identity'])(
    'BODY-014: an encoded body is refused: %s',
    async (coding) => {
      const bytes = request(CREATE, '{}', JSON_TYPE, `Content-Encoding: ${coding}`);
      await expectRefused(await inspecting(), bytes);
    },
  );

  it.each(['text/plain', 'application/json2', 'text/json', 'application/json, text/plain'])(
    'BODY-011: another type is refused: %s',
    async (type) => {
      const bytes = request(CREATE, '{}', `Content-Type: ${type}`);
      await expectRefused(await inspecting(), bytes);
    },
  );
});

describe('a body that means the same to both', () => {
  it.each([
    [
      'BODY-001: escaped keys',
      String.raw`{"\u0048ostConfig":{"\u0042inds":["\/:\/h"]},"Image":"x"}`,
    ],
    ['BODY-005: a map whose keys differ in case alone', '{"Labels":{"A":"1","a":"2"}}'],
    ['BODY-008: null', 'null'],
    ['BODY-010: a number as large as can be told exactly', '{"StopTimeout":9007199254740991}'],
  ])('%s: goes up byte for byte', async (_, body) => {
    expect((await arriving(request(CREATE, body, JSON_TYPE))).bodies).toEqual([body]);
  });

  it.each(['APPLICATION/JSON; charset=utf-16', 'application/json;x="y"', ' application/json ;'])(
    'BODY-011: is UTF-8 whatever the parameters of its type: %s',
    async (type) => {
      const body = '{"Image":"é"}';
      const { bodies } = await arriving(request(CREATE, body, `Content-Type: ${type}`));
      expect(bodies).toEqual([body]);
    },
  );

  it('BODY-013: that is chunked goes up with a length', async () => {
    const bytes = `${head(`${CREATE} HTTP/1.1`, 'Host: d', JSON_TYPE, 'Transfer-Encoding: chunked')}2\r\n{}\r\n0\r\n\r\n`;
    expect(await arriving(bytes)).toMatchObject({ bodies: ['{}'], framing: 'length' });
  });

  it('BODY-012: behind a length of zero is no body, and no request', async () => {
    const gate = await inspecting();
    gate.daemon.on('POST /networks/n/connect', (call) => call.json(200, {}));
    const line = 'POST /networks/n/connect HTTP/1.1';
    const bytes = head(line, 'Host: d', JSON_TYPE, 'Content-Length: 0') + '{"Container":"victim"}';
    const { client, answer } = await exchange(gate, bytes);
    expect(answer.status).toBe(200);
    expect((await client.readAnswer('POST')).status).toBe(400);
    expect(gate.daemon.calls.all.map(({ path }) => path)).toEqual(['/networks/n/connect']);
    await expectAlive(gate);
  });

  it('BODY-016: of a login is read whatever its type', async () => {
    const body = '{"serveraddress":"http://169.254.169.254","username":"u"}';
    const type = 'Content-Type: text/plain';
    expect((await arriving(request('POST /auth', body, type))).bodies).toEqual([body]);
    await expectRefused(
      await inspecting(),
      request('POST /auth', '{"username":"a","username":"b"}', type),
    );
    expect(viewOf('registry.login', JSON.parse(body)).view).toEqual(JSON.parse(body));
  });
});

/** Equivalent ways to one power: the view shows each where a policy will look for it. */
const SHOWN: readonly (readonly [row: string, action: BodyAction, body: object])[] = [
  [
    'BODY-015: what a commit makes of the image',
    'image.commit',
    { Env: ['A=1'], Cmd: ['x'], User: 'root' },
  ],
  [
    'BODY-018: binds',
    'container.create',
    { HostConfig: { Binds: ['/:/h'], VolumesFrom: ['other'] } },
  ],
  [
    'BODY-018: a bind by Mounts',
    'container.create',
    { HostConfig: { Mounts: [{ Type: 'bind', Source: '/', Target: '/h' }] } },
  ],
  [
    'BODY-018: a bind by the options of a volume',
    'container.create',
    {
      HostConfig: {
        Mounts: [
          {
            Type: 'volume',
            Target: '/h',
            VolumeOptions: {
              DriverConfig: { Name: 'local', Options: { type: 'none', o: 'bind', device: '/' } },
            },
          },
        ],
      },
    },
  ],
  [
    'BODY-019: capabilities as they are spelt',
    'container.create',
    { HostConfig: { CapAdd: ['sys_admin', 'CAP_sys_admin', 'all', 'ALL'] } },
  ],
  [
    'BODY-020: namespaces of others',
    'container.create',
    { HostConfig: { PidMode: 'container:victim', NetworkMode: 'container:4f3c', IpcMode: 'host' } },
  ],
  [
    'BODY-021: paths that are masked no more, apart from those left to the daemon',
    'container.create',
    { HostConfig: { MaskedPaths: [], ReadonlyPaths: [] } },
  ],
  [
    'BODY-022: who joins a network',
    'network.connect',
    { Container: 'victim', EndpointConfig: { Aliases: ['db'] } },
  ],
  [
    'BODY-023: what a service mounts and may do',
    'service.create',
    {
      TaskTemplate: {
        ContainerSpec: {
          Mounts: [{ Type: 'bind', Source: '/', Target: '/h' }],
          CapabilityAdd: ['ALL'],
        },
        Networks: [{ Target: 'host' }],
        PluginSpec: { name: 'p', remote: 'r' },
      },
    },
  ],
  [
    'BODY-024: whose secrets a service takes',
    'service.create',
    { TaskTemplate: { ContainerSpec: { Secrets: [{ SecretID: 'other', SecretName: 's' }] } } },
  ],
  [
    'BODY-025: what a volume mounts',
    'volume.create',
    { Name: 'v', DriverOpts: { type: 'none', o: 'rw,bind', device: '/' } },
  ],
  [
    'BODY-026: the name of a volume, which may be there already',
    'volume.create',
    { Name: 'existing' },
  ],
  [
    'BODY-027: where a log goes',
    'container.create',
    {
      HostConfig: {
        LogConfig: {
          Type: 'syslog',
          Config: { 'syslog-address': 'unix:///var/run/docker.sock' },
        },
      },
    },
  ],
];

describe('a body that gives power', () => {
  it.each(SHOWN)('%s: is shown (%s)', (_, action, body) => {
    expect(viewOf(action, body)).toEqual({ view: body, unknownFields: [] });
  });

  it('BODY-017: fields that old daemons have are shown below 1.52, and unknown from there on', () => {
    const body = { MacAddress: '02:42:ac:11:00:02', HostConfig: { Capabilities: ['ALL'] } };
    expect(viewOf('container.create', body, '1.40').view).toEqual(body);
    expect(viewOf('container.create', body, '1.52').unknownFields).toEqual([
      '/MacAddress',
      '/HostConfig/Capabilities',
    ]);
  });
});
