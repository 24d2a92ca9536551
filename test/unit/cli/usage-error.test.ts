import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../src/cli/index.ts';

let err = '';

beforeEach(() => {
  err = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((err += String(text))));
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('wrong usage is one line, one hint and exit code 2', () => {
  it.each([
    ['swerve', 'no such command; did you mean serve?', 'dockgate --help'],
    ['client ad', 'no such command; did you mean add?', 'dockgate client --help'],
    [
      'client',
      'name a command: add, list, show, renew, revoke or export',
      'dockgate client --help',
    ],
    [
      'serve --cert x',
      'no such flag or argument: cert; did you mean --certs?',
      'dockgate serve --help',
    ],
    [
      'serve --auditkeep 3',
      'no such flag or argument: auditkeep; did you mean --audit-keep?',
      'serve',
    ],
    [
      'serve --no-init',
      'no such flag or argument: no-init; did you mean --init=false?',
      'dockgate serve --help',
    ],
    ['serve --nonsense', 'no such flag or argument: nonsense', 'dockgate serve --help'],
    [
      'client add bob --csrr x',
      'no such flag or argument: csrr; did you mean --csr?',
      'client add --help',
    ],
    [
      'client list --policy x',
      'policy; it is a flag of "dockgate serve"',
      'dockgate client list --help',
    ],
    ['client add', 'an argument is missing', 'dockgate client add --help'],
    ['serve --audit-keep', '--audit-keep needs a value', 'dockgate serve --help'],
    ['serve -H', '-H needs a value', 'dockgate serve --help'],
    [
      'serve --certs a --certs b',
      '--certs was given more than once',
      '--host, --crl, --san, --client',
    ],
    ['serve --init=maybe', '--init maybe: expected true or false', '--init=false'],
    ['serve -D=1', '--debug 1: expected true or false', '--debug=false'],
    ['client list --json=yes', '--json yes: expected true or false', '--json=false'],
    [
      'completion tcsh',
      'shell tcsh: expected one of bash, zsh, fish',
      'dockgate completion --help',
    ],
    [
      'client add x --key-type dsa',
      'key-type dsa: expected one of ecdsa, rsa',
      'client add --help',
    ],
    ['serve --json', '--json is given without --print-config', 'serve --print-config --json'],
    [
      'serve --audit-detail loud --audit-keep -1',
      '--audit-detail loud: expected one of full, standard, minimal, off; --audit-keep -1: expected a',
      'serve --help',
    ],
  ])('%s', async (line, message, hint) => {
    expect(await run(line.split(' '))).toBe(2);
    const [first, second, ...more] = err.split('\n');
    expect(more).toEqual(['']);
    expect(first).toContain(`dockgate: `);
    expect(first).toContain(message);
    expect(second).toMatch(/^hint: /);
    expect(second).toContain(hint);
  });
});

it('is told in English wherever dockgate runs, since its own words are', async () => {
  vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
  expect(await run(['serve', '--nonsense'])).toBe(2);
  vi.unstubAllEnvs();
  expect(err).toContain('no such flag or argument: nonsense');
});
