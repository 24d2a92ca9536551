import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { HostFacts } from '../../../src/service/host.ts';
import { planInstall, planUninstall } from '../../../src/service/install.ts';
import { differing } from '../../../src/service/packaged.ts';
import { placesBelow } from '../../../src/service/places.ts';
import type { Plan } from '../../../src/service/step.ts';
import { failureOf } from '../helpers/refusal.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const socket = { path: '/run/docker.sock', uid: 0, gid: 997, group: 'docker', mode: 0o660 };

const HOST: HostFacts = {
  hasSystemd: true,
  dockerSocket: socket,
  unsafe: undefined,
  hasFirewalld: false,
  hasSettings: false,
  unit: undefined,
};

const OPTIONS = {
  node: '/usr/bin/node',
  program: '/usr/lib/node_modules/dockgate/dist/main.js',
  settings: {},
  shutdownTimeoutMs: 30_000,
  ports: [2376],
  socketActivation: false,
  start: true,
};

const places = placesBelow('/');

const plan = (host: Partial<HostFacts> = {}, options: Partial<typeof OPTIONS> = {}): Plan =>
  planInstall({ ...HOST, ...host }, places, { ...OPTIONS, ...options });

const fileOf = ({ steps }: Plan, path: string): string => {
  const step = steps.find((each) => each.do === 'write' && each.path === path);
  return step?.do === 'write' ? step.text : '';
};

const commandsOf = ({ steps }: Plan): string[] =>
  steps.flatMap((step) => (step.do === 'run' ? [step.command.join(' ')] : []));

describe('installing', () => {
  it('runs the program where it really is, and knows the documentation', () => {
    const unit = fileOf(plan(), places.service);
    expect(unit).toContain(
      '\nExecStart=/usr/bin/node /usr/lib/node_modules/dockgate/dist/main.js serve --config /etc/dockgate/dockgate.yaml\n',
    );
    const [, docs = ''] = /^Documentation=file:(.*)$/m.exec(unit) ?? [];
    expect(readFileSync(docs, 'utf8')).toContain('# ');
  });

  it('changes nothing else in the unit of the package', () => {
    const packaged = readFileSync('packaging/systemd/dockgate.service', 'utf8').split('\n');
    const unit = fileOf(plan(), places.service).split('\n');
    const changed = unit.filter((line, at) => line !== packaged[at]);
    expect(unit).toHaveLength(packaged.length);
    expect(changed.map((line) => line.split('=')[0])).toEqual(['Documentation', 'ExecStart']);
  });

  it('quotes paths as systemd reads them', () => {
    const unit = fileOf(plan({}, { program: '/opt/a b/100%/$x/"q"/main.js' }), places.service);
    expect(unit).toContain('ExecStart=/usr/bin/node "/opt/a b/100%%/$$x/\\"q\\"/main.js" serve');
  });

  it('gives the service the group that the socket has', () => {
    const other = plan({ dockerSocket: { ...socket, group: 'dock', gid: 12 } });
    expect(fileOf(other, places.service)).toContain('\nSupplementaryGroups=dock\n');
    expect(fileOf(other, places.user)).toContain('\nm dockgate dock\n');
  });

  it.each([
    ['the group is root', { ...socket, gid: 0, group: 'root' }, 'group root with mode 0660'],
    ['the group may not write', { ...socket, mode: 0o600 }, 'group docker with mode 0600'],
    ['the group has no name', { ...socket, group: undefined }, 'group 997, which has no name'],
  ])(
    'is refused where no user can be let in, with the group of the socket: %s',
    (_why, it, said) => {
      const failure = failureOf(() => plan({ dockerSocket: it }));
      expect(failure).toMatchObject({ code: 'SERVICE_IMPOSSIBLE', exitCode: 1 });
      expect(failure.message).toContain(said);
      expect(failure.hint).toContain('/etc/docker/daemon.json');
    },
  );

  it('is refused where systemd does not run, but not for an image', () => {
    const failure = failureOf(() => plan({ hasSystemd: false }));
    expect(failure.message).toContain('systemd does not run this host');
    const image = planInstall({ ...HOST, hasSystemd: false }, placesBelow('/img'), OPTIONS);
    expect(commandsOf(image)).toEqual([
      'systemd-sysusers --root=/img dockgate.conf',
      'systemctl --root=/img enable dockgate.service',
    ]);
  });

  it('is refused where others could replace the program', () => {
    const failure = failureOf(() => plan({ unsafe: '/opt/x belongs to user 1000' }));
    expect(failure.message).toBe('not run as a service from here: /opt/x belongs to user 1000');
  });

  it('starts it and enables it, or enables it only', () => {
    const common = [
      'systemd-sysusers dockgate.conf',
      'systemctl daemon-reload',
      'systemctl enable dockgate.service',
    ];
    expect(commandsOf(plan({}, { start: false }))).toEqual(common);
    expect(commandsOf(plan())).toEqual([...common, 'systemctl start dockgate.service']);
  });

  it('lets the socket start before the service that it is for', () => {
    expect(commandsOf(plan({}, { socketActivation: true })).slice(-3)).toEqual([
      'systemctl enable dockgate.service dockgate.socket',
      'systemctl start dockgate.socket',
      'systemctl start dockgate.service',
    ]);
  });

  it('waits for a stop longer than calls in flight may take', () => {
    const unit = fileOf(plan({}, { shutdownTimeoutMs: 90_500 }), places.service);
    expect(unit).toContain('\nTimeoutStopSec=101\n');
  });

  it('writes the settings that were given beside those of the package', () => {
    const file = fileOf(
      plan({}, { settings: { san: ['a.example', 'b.example'] } }),
      places.settings,
    );
    expect(parse(file)).toEqual({
      ...(parse(readFileSync('packaging/systemd/dockgate.yaml', 'utf8')) as object),
      san: ['a.example', 'b.example'],
    });
    expect(file).toContain('# Who may do what.');
  });

  it('leaves settings that are there, and refuses flags that say otherwise', () => {
    expect(fileOf(plan({ hasSettings: true }), places.settings)).toBe('');
    const failure = failureOf(() => plan({ hasSettings: true }, { settings: { san: ['a'] } }));
    expect(failure).toMatchObject({ code: 'USAGE' });
    expect(failure.message).toContain('says otherwise: san');
  });

  it('knows which flags say otherwise', () => {
    const file = join(temporaryDirectory(), 's.yaml');
    writeFileSync(file, 'host: [fd://]\nsan: [a]\n');
    expect(differing(file, { host: ['fd://'], san: ['b'], 'docker-host': 'unix:///x' })).toEqual({
      san: ['b'],
      'docker-host': 'unix:///x',
    });
  });

  it('on a Red-Hat-like host names the ports that its firewall has to let through', () => {
    const there = { hasFirewalld: true, dockerSocket: { ...socket, gid: 988 } };
    const { notes } = plan(there, { ports: [2376, 12_376] });
    expect(notes).toContain(
      'firewalld is here; to let clients in: firewall-cmd --permanent --add-port=2376/tcp --add-port=12376/tcp && firewall-cmd --reload',
    );
    expect(plan(there, { ports: [] }).notes.join()).not.toContain('firewall');
    expect(plan().notes.join()).not.toContain('firewall');
    // Paths and group are the same there.
    expect(plan(there).steps).toEqual(plan().steps);
  });

  it('says that a changed unit waits for a restart', () => {
    const { steps } = plan();
    const unit = fileOf({ steps, notes: [] }, places.service);
    expect(plan({ unit }).notes.join()).not.toContain('restart');
    expect(plan({ unit: 'older' }).notes.join()).toContain('systemctl restart dockgate');
  });
});

describe('uninstalling', () => {
  const { steps, notes } = planUninstall(HOST, places);

  it('removes what installing wrote, but for the settings', () => {
    const written = plan().steps.flatMap((step) => (step.do === 'write' ? [step.path] : []));
    const removed = steps.flatMap((step) => (step.do === 'remove' ? [step.path] : []));
    expect([...removed, places.settings].sort()).toEqual(written.sort());
  });

  it('stops it first, and says what is left', () => {
    expect(steps[0]).toMatchObject({ do: 'run', mayFail: true });
    expect(notes.join()).toMatch(/certificates, trail and settings in \/var\/lib\/dockgate/);
  });
});
