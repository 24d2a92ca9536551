import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import yargs from 'yargs';
import { loadCommand } from '../../../src/cli/command.ts';
import { policyCommand } from '../../../src/cli/policy/index.ts';
import { CommandError } from '../../../src/errors.ts';
import { problemsOf } from '../../support/policy.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

let dir: string;
let out: string;
let err: string;

beforeEach(() => {
  dir = temporaryDirectory();
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function run(...argv: readonly string[]): Promise<string> {
  out = '';
  await yargs(['policy', ...argv])
    .command(await loadCommand(policyCommand, () => true))
    .strict()
    .exitProcess(false)
    .fail((message, error: Error | undefined) => {
      throw error ?? new Error(message);
    })
    .parseAsync();
  return out;
}

async function failure(...argv: readonly string[]): Promise<CommandError> {
  try {
    await run(...argv);
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const POLICY = `
users:
  - { user: alice, roles: [web] }
  - { user: bob, roles: [admin] }
roles:
  web:
    allow:
      - actions: [container.start, container.list]
        containers: { names: [web-*], labels: { team: web } }
      - container.create
      - exec.create
  lonely: {}
`;

describe('dockgate policy check', () => {
  it('says what a reader should know', async () => {
    const path = file('policy.yaml', POLICY);
    expect((await run('check', path)).split('\n')).toEqual([
      `${path} is a policy: 2 entries of users`,
      'unused: role "lonely": nobody has this role',
      'ROOT: role "web" (policy.yaml:11) of alice: exec.create in every container: as much as the most powerful one has',
      'ROOT: role "admin" of bob: it may do everything, as without a gate',
      '',
    ]);
    expect(JSON.parse(await run('check', '--json', path))).toMatchObject({
      ok: true,
      findings: [{ kind: 'unused' }, { kind: 'root' }, { kind: 'root' }],
    });
  });

  it('shows every problem with its place, and fails', async () => {
    const path = file('policy.yaml', 'users: []\nroles:\n  a: { allow: [odd.x, odd.y] }\n');
    const error = await failure('check', path);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
    expect(error.message).toBe(`${path} is not a policy: 2 problems`);
    expect(out.split('\n')[0]).toBe(
      `${path}:3:16: no action and no effect class is called "odd.x"`,
    );
    expect(await failure('check', '--json', path)).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(JSON.parse(out)).toMatchObject({ ok: false, problems: [{ line: 3, column: 16 }, {}] });
    const one = file('one.yaml', 'users: {}\n');
    expect((await failure('check', one)).message).toBe(`${one} is not a policy: 1 problem`);
  });

  it('says what ended, and what cannot be read', async () => {
    const path = file('policy.yaml', 'users: [{ user: a, until: 2000-01-01, roles: [viewer] }]\n');
    expect(await run('check', path)).toContain(
      '1 entry of users\nended: the entry for a ended at 2000-01-02T00:00:00.000Z\n',
    );
    expect(await failure('check', join(dir, 'none'))).toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});

describe('dockgate policy explain', () => {
  const explain = (...argv: readonly string[]): Promise<string> =>
    run('explain', '--policy', file('policy.yaml', POLICY), '--user', 'alice', ...argv);

  it('says who may, by which line', async () => {
    expect(await explain('POST /v1.41/containers/web-1/stop')).toBe(
      `POST /v1.41/containers/web-1/stop: container.stop (write)
roles: web
refused by policy: container.stop is not allowed to the role "web"; needed: "allow: container.stop"
`,
    );
    expect(await explain('GET /containers/json')).toContain(
      'allowed to "web" by policy.yaml:8\nheld to: {"name":["^/?web-.*$"],"label":["team=web"]}\n',
    );
  });

  it('takes a name for the object’s name, and labels as they are given', async () => {
    const start = 'POST /containers/web-1/restart';
    const path = file('p.yaml', POLICY.replace('container.start', 'container.restart'));
    const ask = (...more: readonly string[]): Promise<string> =>
      run('explain', '--policy', path, '--user', 'alice', ...more, start);
    expect(await ask()).toContain('is not what the role selects');
    const allowed = await ask('--label', 'team=web', '--image', 'busybox');
    expect(allowed).toContain('allowed to "web" by p.yaml:8');
    expect(allowed).toContain('assumed: the container "web-1" is called that');
  });

  it('reads a body', async () => {
    const body = file(
      'create.json',
      '{"Image":"a","HostConfig":{"Privileged":true,"NetworkMode":"n"}}',
    );
    const text = await explain('--body', body, 'POST /containers/create');
    expect(text).toContain('HostConfig.Privileged: it may not be set');
    expect(text).toContain('nearest rule: policy.yaml:10');
    expect(text).toContain('assumed: the network "n" is called that');
    const volume = file('volume.json', '{"Image":"a","HostConfig":{"Binds":["data:/d"]}}');
    expect(await explain('--body', volume, 'POST /containers/create')).toContain('allowed to');
    const bind = file('bind.json', '{"Image":"a","HostConfig":{"Binds":["/:/d"]}}');
    expect(await explain('--body', bind, 'POST /containers/create')).toContain('the path "/"');
  });

  it('prints all of it as JSON', async () => {
    expect(JSON.parse(await explain('--json', 'GET /info'))).toMatchObject({
      action: 'system.info',
      effect: 'read',
      roles: ['web'],
      decision: { allow: false, role: 'web' },
      assumed: [],
    });
  });

  it('knows callers by more than their names', async () => {
    const path = file(
      'policy.yaml',
      `cas: { partner: "${'cd'.repeat(32)}" }
users:
  - { fingerprint: "${'ab'.repeat(32)}", roles: [viewer] }
  - { certificate-role: ops, ca: partner, from: [10.0.0.0/8], roles: [warns] }
roles:
  warns: { mode: warn, allow: [{ actions: [container.list], containers: { names: [x] } }] }
`,
    );
    const ask = (...more: readonly string[]): Promise<string> =>
      run('explain', '--policy', path, '--user', 'x', ...more, 'GET /containers/json');
    expect(await ask()).toContain('roles: none');
    expect(await ask('--fingerprint', 'AB:'.repeat(31) + 'AB')).toContain('roles: viewer\nallowed');
    expect(await ask('--role', 'ops', '--ca', 'partner', '--address', '10.1.2.3')).toContain(
      'with a warning: container.list: it would be held to what is selected',
    );
    expect(
      await run(
        ...['explain', '--policy', path, '--user', 'x', '--role', 'ops', '--ca', 'partner'],
        ...['--address', '10.1.2.3', 'GET /info'],
      ),
    ).toContain('with a warning: system.info is not allowed to the role "warns"');
    const stranger = ['explain', '--policy', path, '--user', 'x', '--ca', 'y', 'GET /info'];
    expect(await failure(...stranger)).toMatchObject({
      message: 'the policy names no CA "y"',
      hint: 'name one of partner',
    });
    const plain = file('plain.yaml', 'users: []');
    stranger[2] = plain;
    expect((await failure(...stranger)).hint).toBe('name it under "cas"');
  });

  it('follows paths of this host as the gate follows those of the daemon’s', async () => {
    symlinkSync('/', join(dir, 'out'));
    const path = file(
      'policy.yaml',
      `users: [{ user: alice, roles: [r] }]
roles: { r: { allow: [container.create], constraints: { host-paths: [${JSON.stringify(dir)}] } } }
`,
    );
    const ask = (bind: string): Promise<string> => {
      const body = file('body.json', JSON.stringify({ Image: 'x', HostConfig: { Binds: [bind] } }));
      const call = 'POST /containers/create';
      return run('explain', '--policy', path, '--user', 'alice', '--body', body, call);
    };
    expect(await ask(`${dir}/new:/x`)).toContain('allowed to "r"');
    expect(await ask(`${dir}/out/etc:/x`)).toContain('which leads to "/etc", is not allowed');
  });

  it('takes a body that asks for nothing where none is given, and says so', async () => {
    const path = file(
      'policy.yaml',
      'users: [{ user: dan, roles: [deployer, trial] }, { user: eve, roles: [deployer] }]\nroles: { trial: { mode: warn } }\n',
    );
    const ask = (user: string, call: string): Promise<string> =>
      run('explain', '--policy', path, '--user', user, call);
    const text = await ask('eve', 'POST /v1.41/containers/create');
    expect(text).toContain('allowed to "deployer"');
    expect(text).toContain('assumed: a body that asks for nothing; --body FILE shows another');
    expect(await ask('dan', 'POST /plugins/pull?remote=x')).toContain('with a warning');
  });

  it('knows what is asked on the listener of --metrics, and says that it is meant', async () => {
    const path = file(
      'policy.yaml',
      'users: [{ user: monitor, roles: [monitor] }, { user: eve, roles: [viewer] }]\n',
    );
    const ask = (user: string, call: string): Promise<string> =>
      run('explain', '--policy', path, '--user', user, call);
    const pages = 'on the listener of --metrics; on loopback a page is for everybody there';
    for (const [call, action] of [
      ['GET /metrics', 'gate.metrics (read-sensitive)'],
      ['GET /readyz?verbose=1', 'gate.health (meta)'],
    ] as const) {
      const text = await ask('monitor', call);
      expect(text).toContain(`${call}: ${action}\n${pages}`);
      expect(text).toContain('allowed to "monitor"');
    }
    expect(await ask('eve', 'GET /metrics')).toContain(
      'gate.metrics is not allowed to the role "viewer"',
    );
    const view = await ask('monitor', 'GET /engine/v1.41/containers/json');
    expect(view).toContain('container.list (');
    expect(view).toContain(
      'on the listener of --metrics; on loopback the caller is the user "monitor"',
    );
    expect(view).toContain('allowed to "monitor"');
    expect(
      JSON.parse(await run('explain', '--policy', path, '--user', 'eve', '--json', 'GET /healthz')),
    ).toMatchObject({ listener: 'metrics', action: 'gate.health', decision: { allow: true } });
    expect(await ask('monitor', 'GET /info')).not.toContain('--metrics');
  });

  it('answers as the read-only view does where that has no such call', async () => {
    const path = file('policy.yaml', 'users: [{ user: monitor, roles: [admin] }]\n');
    for (const call of ['GET /engine/containers/x/json', 'POST /engine/containers/x/stop']) {
      const error = await failure('explain', '--policy', path, '--user', 'monitor', call);
      expect(error).toMatchObject({ code: 'USAGE' });
      expect(error.message).toContain('before any policy is asked: refused: there is GET of');
    }
    // Only a GET is a page; the gate's own listener has none.
    expect(await run('explain', '--policy', path, '--user', 'monitor', 'POST /metrics')).toContain(
      'unknown',
    );
  });

  it('answers for images and execs too', async () => {
    const path = file(
      'policy.yaml',
      'users: [{ user: alice, roles: [r] }]\nroles: { r: { allow: [{ actions: ["*"], images: [cafe], containers: { names: [e] }, volumes: [v] }] } }\n',
    );
    const ask = (call: string): Promise<string> =>
      run('explain', '--policy', path, '--user', 'alice', call);
    expect(await ask('GET /images/cafe/json')).toContain('allowed to "r"');
    expect(await ask('GET /exec/e/json')).toContain('allowed to "r"');
  });

  it('takes the policy from the environment, and asks for one', async () => {
    vi.stubEnv('DOCKGATE_POLICY', file('policy.yaml', POLICY));
    expect(await run('explain', '--user', 'bob', 'GET /info')).toContain('allowed to "admin"');
    vi.stubEnv('DOCKGATE_POLICY', undefined);
    expect(await failure('explain', '--user', 'bob', 'GET /info')).toMatchObject({ code: 'USAGE' });
  });

  it('says what the gate would say, of what the call leads to as well', async () => {
    const path = file(
      'policy.yaml',
      'users: [{ user: alice, roles: [r] }]\nroles: { r: { allow: [exec.create, container.create] } }\n',
    );
    const ask = (...argv: readonly string[]): Promise<string> =>
      run('explain', '--policy', path, '--user', 'alice', ...argv);
    expect(await ask('POST /containers/x/exec')).toContain('exec.start is not allowed');
    const body = file('body.json', '{"Image":"app","AttachStdin":true}');
    expect(await ask('--body', body, 'POST /containers/create')).toContain(
      'container.attach is not allowed',
    );
  });

  it('says which entries would mean the caller elsewhere, or at another time', async () => {
    const path = file(
      'policy.yaml',
      `users:
  - { user: alice, roles: [viewer], from: [10.0.0.0/8] }
  - { user: "*", roles: [operator], until: 2001-01-01 }
`,
    );
    const ask = (...argv: readonly string[]): Promise<string> =>
      run('explain', '--policy', path, '--user', 'alice', ...argv, 'GET /info');
    const nowhere = await ask();
    expect(nowhere).toContain('roles: none');
    expect(nowhere).toContain(
      'not in force for this call: the entry for alice from 10.0.0.0/8: viewer',
    );
    expect(nowhere).toContain('the entry for * until 2001-01-02T00:00:00.000Z: operator');
    const there = await ask('--address', '10.1.2.3');
    expect(there).toContain('roles: viewer');
    expect(there).not.toContain('the entry for alice');
  });

  it('refuses who cannot be a caller', async () => {
    vi.stubEnv('DOCKGATE_POLICY', file('policy.yaml', POLICY));
    const ask = async (...argv: readonly string[]): Promise<string> =>
      (await failure('explain', ...argv, 'GET /info')).message;
    expect(await ask('--user', 'al ice')).toBe('"al ice" is no name of one user');
    expect(await ask('--user', 'a', '--user', 'b')).toBe('["a","b"] is no name of one user');
    expect(await ask('--user', 'a', '--address', '10.0.0.1:80')).toBe(
      '"10.0.0.1:80" is no IP address',
    );
  });

  it('refuses what is no call, and what the gate refuses before', async () => {
    vi.stubEnv('DOCKGATE_POLICY', file('policy.yaml', POLICY));
    const ask = (...argv: readonly string[]) => failure('explain', '--user', 'bob', ...argv);
    for (const call of ['GET', 'GET /a /b', '', 'docker ps', 'get /info', 'GET info']) {
      expect((await ask(call)).message).toMatch(/is no call$/);
    }
    expect((await ask('GET //info')).message).toMatch(/the gate answers 400 before/);
    const body = file('body.json', '{"A":1,"a":2}');
    expect((await ask('--body', body, 'POST /containers/create')).message).toMatch(/answers 400/);
    expect((await ask('--body', body, 'GET /info')).message).toMatch(/is not looked at/);
    const latin = join(dir, 'latin.json');
    writeFileSync(latin, Buffer.from('{"Image":"caf\xe9"}', 'latin1'));
    expect((await ask('--body', latin, 'POST /containers/create')).message).toMatch(/answers 400/);
    vi.stubEnv('DOCKGATE_POLICY', file('odd.yaml', 'users: 1\n'));
    expect((await ask('GET /info')).message).toMatch(/^not a policy: .*odd\.yaml:1:1: users/);
  });
});

describe('dockgate policy learn', () => {
  const line = (fields: object): string =>
    JSON.stringify({
      ...{ v: 1, seq: 1, time: '2026-03-01T12:00:00.000Z' },
      ...{ event: 'call', user: 'alice', status: 200, end: 'complete', method: 'GET' },
      ...fields,
    });
  const text = (...lines: readonly string[]): string => lines.map((one) => `${one}\n`).join('');
  const about = (kind: string, asked: readonly unknown[], more: object = {}) => ({
    target: { kind, asked, ...more },
  });

  it('writes what would have been enough', async () => {
    const log = file(
      'audit.jsonl',
      text(
        line({ action: 'system.info' }),
        line({ action: 'container.stop', ...about('container', ['/web']) }),
        line({ action: 'container.kill', ...about('container', ['4f'], { name: 'web' }) }),
        line({ action: 'exec.start', ...about('exec', ['4f'], { name: 'web' }) }),
        line({ action: 'exec.resize', ...about('exec', ['4f']) }),
        line({ action: 'image.pull', ...about('image', ['busybox:1']) }),
        line({ action: 'image.save', ...about('image', Array(16).fill('a')) }),
        line({ action: 'volume.inspect', ...about('volume', [7]) }),
        line({ action: 'volume.remove', ...about('volume', ['x']) }),
        line({ action: 'network.inspect' }),
        line({
          action: 'container.create',
          ...about('container', ['made']),
          detail: { image: 'app:1', binds: ['/srv:/x:ro'] },
          api_version: '1.44',
        }),
        line({
          action: 'container.create',
          ...about('container', [], { id: '5e' }),
          detail: { image: 'app:2' },
        }),
        line({
          action: 'container.wait',
          ...about('container', ['5e'], { id: '5e', name: 'odd', image: 'app:2' }),
        }),
        line({
          action: 'container.rename',
          ...about('container', ['web']),
          query: { name: 'web-2' },
        }),
        line({
          action: 'image.tag',
          ...about('image', ['app:1']),
          query: { repo: 'reg.example/app' },
        }),
        line({
          action: 'network.connect',
          ...about('network', ['n'], { name: 'back' }),
          detail: {},
        }),
        line({ action: 'container.top', ...about('container', ['web']), query: { ps_args: '-e' } }),
        line({ user: 'bob', action: 'container.list' }),
        line({ user: 'bob', ca: 'ef'.repeat(32), action: 'image.list' }),
        line({ user: 'bob', ca: 'odd', action: 'swarm.leave' }),
        line({ action: 'image.push', status: 403, end: 'refused' }),
        line({ action: 'image.push', status: 403 }),
        line({ action: 'odd' }),
        line({ user: 7, action: 'system.info' }),
        line({ event: 'intent', action: 'image.commit' }),
        '{"event":"call","seq":7,',
      ),
    );
    const learned = await run('learn', '--from', log);
    expect(problemsOf(learned)).toEqual([]);
    for (const action of ['container\\.stop', 'container\\.kill', 'exec\\.start']) {
      const rule = `- actions: \\[${action}\\] # 1 call.*\\n +containers: { names: \\["web"\\] }`;
      expect(learned).toMatch(new RegExp(rule));
    }
    expect(learned).toContain('- actions: [image.pull] # 1 call\n        images: ["busybox:1"]');
    expect(learned).toContain('- actions: [volume.remove] # 1 call\n        volumes: ["x"]');
    for (const action of ['image.save', 'volume.inspect', 'network.inspect', 'exec.resize']) {
      expect(learned).toContain(`- ${action} # 1 call\n`);
    }
    for (const text of [
      '- container.create # 2 calls\n    constraints:\n      images: ["app:1","app:2"]\n      host-paths: [{"path":"/srv","read-only":true}]',
      '- actions: [container.wait] # 1 call\n        containers: { images: ["app:2"] }',
      '- actions: [container.rename] # 1 call\n        containers: { names: ["web", "web-2"] }',
      '- actions: [image.tag] # 1 call\n        images: ["app:1", "reg.example/app:latest"]',
      '- network.connect # 1 call\n    constraints:\n      networks: ["back"]',
      '      ps-args: ["-e"]\n',
    ]) {
      expect(learned).toContain(text);
    }
    expect(learned).toContain(`cas:\n  ca-efefefefefefefef: "${'ef'.repeat(32)}"\n`);
    expect(learned).toContain('  - user: "bob"\n    ca: ca-efefefefefefefef\n');
    expect(learned).not.toContain('image.push');
    expect(learned).not.toContain('image.commit');
    expect(learned).not.toContain('swarm.leave');
    expect(err).toBe('1 torn or damaged lines were passed over; see "dockgate audit verify"\n');
    const bob = await run('learn', '--from', log, '--user', 'bob');
    expect(bob).not.toContain('alice');
  });

  it('reads what was rotated away and compressed too', async () => {
    const log = file('audit.jsonl', text(line({ seq: 3, action: 'container.list' })));
    file('audit-2.jsonl', '');
    writeFileSync(join(dir, 'audit.jsonl.1'), text(line({ seq: 2, action: 'image.list' })));
    writeFileSync(
      join(dir, 'audit.jsonl.2.gz'),
      gzipSync(text(line({ seq: 1, action: 'volume.list' }))),
    );
    const learned = await run('learn', '--from', log);
    for (const action of ['container.list', 'image.list', 'volume.list']) {
      expect(learned).toContain(action);
    }
  });

  it('says where nothing was seen, and where nothing is', async () => {
    const log = file('audit.jsonl', '');
    expect((await failure('learn', '--from', log)).message).toBe(`${log}: no call that was served`);
    expect((await failure('learn', '--from', log, '--user', 'x')).message).toContain(
      'no call of x',
    );
    expect(await failure('learn', '--from', join(dir, 'other.log'))).toMatchObject({
      code: 'AUDIT_UNREADABLE',
    });
  });
});

describe('dockgate policy diff', () => {
  it('says what everybody gains and loses', async () => {
    const old = file('old.yaml', POLICY);
    const later = file(
      'new.yaml',
      POLICY.replace('- exec.create', '- image.push').replace('team: web', 'team: db'),
    );
    const text = await run('diff', old, later);
    expect(text).toContain(
      'alice\n  + image.push  within the default constraints\n  - exec.create  within the default constraints\n',
    );
    expect(text).toContain(
      '  ~ container.start\n      {containers:{names:[web-*],labels:{team:web}}}',
    );
    expect(text).not.toContain('bob');
    expect(await run('diff', old, old)).toBe('nobody gains or loses anything\n');
    expect(JSON.parse(await run('diff', '--json', old, later))).toMatchObject([{ who: 'alice' }]);
  });
});
