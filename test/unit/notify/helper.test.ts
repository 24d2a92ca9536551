import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotifyHelper } from '../../../src/notify/helper.ts';
import { createServiceManager } from '../../../src/notify/service-manager.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { childrenOf, untilTrue } from './processes.ts';

/** Writes a stand-in for systemd-notify: a line for each notice, `|` between its assignments. */
function standIn(dir: string, then: string): void {
  const file = join(dir, 'systemd-notify');
  const all = `IFS='|'; printf '%s\\n' "$NOTIFY_SOCKET|$*" >> ${join(dir, 'told')}`;
  writeFileSync(file, `#!/bin/sh\n${all}\n${then}\n`);
  chmodSync(file, 0o755);
}

let dir: string;
let failures: string[];
let helper: NotifyHelper;

const told = (): string[] => {
  try {
    return readFileSync(join(dir, 'told'), 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
};

beforeEach(() => {
  dir = temporaryDirectory();
  failures = [];
});

afterEach(() => {
  helper.close();
});

function start(then = ''): void {
  standIn(dir, then);
  helper = new NotifyHelper({
    socket: '/run/n',
    path: `${dir}:${process.env['PATH'] ?? ''}`,
    onFailure: (reason) => failures.push(reason),
  });
}

describe('NotifyHelper', () => {
  it('passes notices on in order, each as one, through one child', async () => {
    const before = childrenOf(process.pid).length;
    start();
    helper.send(['RELOADING=1', 'MONOTONIC_USEC=7']);
    helper.send(['READY=1', 'STATUS=listening on tcp://[::]:1; and so on']);
    expect(childrenOf(process.pid)).toHaveLength(before + 1);
    await untilTrue(() => helper.behind === 0);
    expect(told()).toEqual([
      '/run/n|RELOADING=1|MONOTONIC_USEC=7',
      '/run/n|READY=1|STATUS=listening on tcp://[::]:1; and so on',
    ]);
    expect(failures).toEqual([]);
  });

  it('reads nothing in a notice as shell, and keeps it on one line', async () => {
    start();
    const evil = `STATUS=$(touch ${dir}/a) \`touch ${dir}/b\` * \\n "'; touch ${dir}/c #`;
    helper.send([evil]);
    helper.send(['STATUS=one\nREADY=1\ttwo\u0000three']);
    await untilTrue(() => helper.behind === 0);
    expect(told().length).toBe(2);
    expect(told()[0]).toBe(`/run/n|${evil}`);
    expect(told()[1]).toBe('/run/n|STATUS=one READY=1 two three');
    expect(['a', 'b', 'c'].map((name) => readable(join(dir, name)))).toEqual([false, false, false]);
  });

  it('tells why systemd did not take one, and goes on', async () => {
    start('echo "Failed to notify: Connection refused" >&2; exit 1');
    helper.send(['READY=1']);
    await untilTrue(() => failures.length === 1);
    expect(failures).toEqual(['Failed to notify: Connection refused']);
    expect(helper.behind).toBe(0);
  });

  it('sends what a killed child had not passed on by another one', async () => {
    const before = childrenOf(process.pid);
    start();
    const [child] = childrenOf(process.pid).filter((pid) => !before.includes(pid));
    process.kill(child ?? 0, 'SIGSTOP');
    helper.send(['READY=1']);
    process.kill(child ?? 0, 'SIGKILL');
    await untilTrue(() => helper.behind === 0);
    expect(told()).toEqual(['/run/n|READY=1']);
    expect(failures).toEqual(['the helper that sends notices ended']);
  });

  it('gives up a child that dies again and again', async () => {
    start('kill -9 $PPID; sleep 0.2');
    helper.send(['READY=1']);
    await untilTrue(() => failures.length === 3);
    helper.send(['WATCHDOG=1']);
    expect(helper.behind).toBe(0);
  });

  it('passes on what was sent before it was closed, whatever signals its group gets', async () => {
    const before = childrenOf(process.pid);
    start();
    const [child] = childrenOf(process.pid).filter((pid) => !before.includes(pid));
    helper.send(['WATCHDOG=1']);
    await untilTrue(() => helper.behind === 0);
    process.kill(child ?? 0, 'SIGTERM');
    helper.send(['STOPPING=1']);
    helper.close();
    await untilTrue(() => told().length === 2);
    expect(told()[1]).toBe('/run/n|STOPPING=1');
  });
});

describe('createServiceManager', () => {
  const manager = (env: NodeJS.ProcessEnv, warnings: string[] = []) =>
    createServiceManager({
      env: Object.assign(env, { PATH: `${dir}:${process.env['PATH'] ?? ''}` }),
      pid: 4711,
      warn: (_detail, message) => warnings.push(message),
    });

  beforeEach(() => {
    start();
  });

  it('starts no child where no service manager has started the gate', () => {
    const before = childrenOf(process.pid).length;
    const nobody = manager({ WATCHDOG_USEC: '1000' });
    nobody.ready('x');
    nobody.watch(() => true);
    nobody.close();
    expect(childrenOf(process.pid)).toHaveLength(before);
  });

  it('tells the watchdog twice within its time, as long as the gate is well', async () => {
    const warnings: string[] = [];
    let well = true;
    const one = manager({ NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '100000' }, warnings);
    one.watch(() => well);
    await untilTrue(() => told().length >= 2);
    expect(told()[0]).toBe('@n|WATCHDOG=1');
    well = false;
    await untilTrue(() => warnings.length === 1);
    const lines = told().length;
    await untilTrue(() => warnings.length === 3);
    // One may have been on its way when it fell ill.
    expect(told().length).toBeLessThanOrEqual(lines + 1);
    one.close();
  });

  it('tells no watchdog that waits for another process', async () => {
    let asked = 0;
    const well = (): boolean => {
      asked += 1;
      return true;
    };
    const other = manager({ NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '1000', WATCHDOG_PID: '4712' });
    other.watch(well);
    const own = manager({ NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '20000', WATCHDOG_PID: '4711' });
    own.watch(() => true);
    await untilTrue(() => told().length >= 3);
    expect(asked).toBe(0);
    other.close();
    own.close();
  });

  it('says nothing more once another process has taken over, which is watched instead', async () => {
    const env: NodeJS.ProcessEnv = {
      NOTIFY_SOCKET: '@n',
      WATCHDOG_PID: '4711',
      WATCHDOG_USEC: '5',
    };
    const one = manager(env);
    await one.mainPid(99);
    one.stopping(40_000);
    one.ready('x');
    expect(told()).toEqual(['@n|MAINPID=99']);
    one.close();
    const { WATCHDOG_PID, WATCHDOG_USEC } = env;
    expect({ WATCHDOG_PID, WATCHDOG_USEC }).toEqual({
      WATCHDOG_PID: undefined,
      WATCHDOG_USEC: '5',
    });
  });

  it('goes on where systemd does not take another process', async () => {
    standIn(dir, 'exit 1');
    const one = manager({ NOTIFY_SOCKET: '@n' });
    await expect(one.mainPid(99)).rejects.toThrow('exit code 1');
    one.ready('x');
    await untilTrue(() => told().length === 2);
    one.close();
  });

  it('asks for as much time as stopping may take', async () => {
    const one = manager({ NOTIFY_SOCKET: '@n' });
    one.stopping(40_000);
    await untilTrue(() => told().length === 1);
    expect(told()).toEqual([
      '@n|STOPPING=1|EXTEND_TIMEOUT_USEC=40000000|STATUS=stopping, calls in flight may finish',
    ]);
    one.close();
  });
});

function readable(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}
