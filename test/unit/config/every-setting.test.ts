import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../../../src/cli/index.ts';
import type { EffectiveSetting } from '../../../src/config/load.ts';
import { SETTINGS, type Setting } from '../../../src/config/settings.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

/** Values that a kind alone does not tell. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  host: ['tcp://127.0.0.1:1', 'tcp://[::1]:2'],
  'docker-host': 'unix:///run/other.sock',
  'audit-max-size': '7MB',
  'audit-max-age': '7d',
  'audit-checkpoint-every': '7s',
  'max-inspected-body': '7k',
  metrics: 'tcp://127.0.0.1:9',
  'shutdown-timeout': '7m',
};

function sampleOf({ name, kind, choices, defaultValue }: Setting): unknown {
  if (name in SAMPLES) return SAMPLES[name];
  if (kind === 'boolean') return true;
  if (kind === 'number') return 7;
  if (kind === 'list') return ['one', 'two'];
  if (kind === 'choice') return choices?.findLast((choice) => choice !== defaultValue);
  return 'some/where';
}

/** What `serve --print-config --json` prints with these arguments. */
async function effective(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Record<string, EffectiveSetting>> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((out += String(text))));
  expect(await run(['serve', '--print-config', '--json', ...args])).toBe(0);
  return JSON.parse(out) as Record<string, EffectiveSetting>;
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe.each(SETTINGS.filter(({ name }) => name !== 'config'))('$name', (setting) => {
  const { name, variable } = setting;
  const value = sampleOf(setting);
  const items = [value].flat().map(String);
  // `debug` shows as the level that it is.
  const [shown, expected] = name === 'debug' ? ['log-level', 'debug'] : [name, value];

  it('has words of its own for help', () => {
    expect(setting.description).toMatch(/^[A-Z]\S* .*[^.]$/);
  });

  it('is taken from the flag', async () => {
    const flags =
      setting.kind === 'boolean' ? [`--${name}`] : items.flatMap((item) => [`--${name}`, item]);
    const { [shown]: found } = await effective(flags);
    expect(found).toEqual({
      value: setting.kind === 'number' ? Number(value) : expected,
      source: 'flag',
      from: `--${name}`,
    });
  });

  it('is taken from the environment', async () => {
    const { [shown]: found } = await effective([], { [variable]: items.join(',') });
    expect(found).toEqual({ value: expected, source: 'environment', from: variable });
  });

  it('is taken from the file', async () => {
    const file = join(temporaryDirectory(), 'dockgate.yaml');
    writeFileSync(file, `# a comment\n${stringify({ [name]: value })}`);
    const { [shown]: found } = await effective(['--config', file]);
    expect(found).toEqual({ value: expected, source: 'file', from: `${file}:2` });
  });

  it('is the default unless somebody says otherwise', async () => {
    const { [shown]: found } = await effective([]);
    expect(found).toMatchObject({ source: 'default', from: 'default' });
    expect(found?.value).not.toEqual(expected);
  });
});

describe('serve --print-config', () => {
  it('prints a file that --config takes, and that means the same', async () => {
    const env = { DOCKGATE_AUDIT_MAX_AGE: '7d', DOCKGATE_SAN: 'a,b', DOCKGATE_POLICY: '/p: #x' };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    let text = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((part) => Boolean((text += String(part))));
    expect(await run(['serve', '--print-config', '-H', 'tcp://[::1]:5', '--init'])).toBe(0);
    vi.restoreAllMocks();
    const before = await effective(['-H', 'tcp://[::1]:5', '--init']);
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    const file = join(temporaryDirectory(), 'printed.yaml');
    writeFileSync(file, text);
    const after = await effective(['--config', file]);
    const values = (settings: typeof before) =>
      Object.entries(settings)
        .filter(([name]) => name !== 'config')
        .map(([name, { value }]) => [name, value]);
    expect(values(after)).toEqual(values(before));
    expect(text).toMatch(/^host: \[ "tcp:\/\/\[::1\]:5" \] +# --host$/m);
    expect(text).toMatch(/^policy: "\/p: #x" +# DOCKGATE_POLICY$/m);
  });
});
