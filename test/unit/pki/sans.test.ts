import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../src/errors.ts';
import { defaultSans, serverName, thisHost } from '../../../src/pki/host.ts';
import { distinctSans, parseSan } from '../../../src/pki/sans.ts';
import { HOST, SEED } from './helpers.ts';

function refused(text: string): CommandError {
  try {
    parseSan(text);
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    expect((error as CommandError).code).toBe('SAN_INVALID');
    return error as CommandError;
  }
  throw new Error(`${JSON.stringify(text)} was accepted`);
}

describe('parseSan', () => {
  it.each([
    ['localhost', 'dns', 'localhost'],
    ['Gate.Example.COM', 'dns', 'gate.example.com'],
    ['*.example.com', 'dns', '*.example.com'],
    ['docker_gate', 'dns', 'docker_gate'],
    ['xn--bcher-kva.example', 'dns', 'xn--bcher-kva.example'],
    [`${'a'.repeat(63)}.example`, 'dns', `${'a'.repeat(63)}.example`],
    ['192.0.2.7', 'ip', '192.0.2.7'],
    ['2001:DB8:0:0::7', 'ip', '2001:db8::7'],
  ])('takes %s as %s %s', (text, kind, value) => {
    expect(parseSan(text)).toEqual({ kind, value });
  });

  it.each([
    '',
    ' ',
    ' localhost',
    'local host',
    'host:2376',
    'tcp://host',
    '[::1]',
    'host.',
    '.host',
    'a..b',
    '-a.example',
    'a-.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}example`,
    '1.2.3.256',
    '1.2.3',
    '127.1',
    '0x7f000001.1',
    '010.1.1.1',
    '10.0.0.0/8',
    'fe80::1%eth0',
    '*',
    '*.com',
    '*.*.example.com',
    'a.*.example.com',
    'f*.example.com',
    'user@example.com',
    'bücher.example',
    'a\nb',
    'a\0b',
    'a,DNS:b',
  ])('refuses %j', (text) => {
    const { message, hint } = refused(text);
    expect(message).toMatch(/^--san ".*" is not a DNS name, IPv4 or IPv6 address$/);
    expect(hint).not.toBe('');
  });

  it('tells how an international name is written', () => {
    expect(refused('bücher.example').hint).toContain('xn--bcher-kva.example');
  });

  it('does not flood the line with what was typed', () => {
    expect(refused('x y'.repeat(1000)).message.length).toBeLessThan(160);
  });

  it(`accepts or refuses any text, and never fails otherwise (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.domain(), fc.webUrl()), (text) => {
        try {
          expect(parseSan(text).value).toMatch(/^[\w.:*-]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError);
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it(`reads one address in any spelling as the same (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const san = parseSan(address);
        expect(parseSan(address.toUpperCase())).toEqual(san);
        expect(parseSan(san.value)).toEqual(san);
      }),
      { seed: SEED },
    );
  });
});

describe('the default names', () => {
  it('are localhost, the loopback addresses, the host name and the addresses without a zone', () => {
    expect(defaultSans(HOST).map(({ value }) => value)).toEqual([
      'localhost',
      'gate.example.com',
      '127.0.0.1',
      '::1',
      '192.0.2.7',
      '2001:db8::7',
    ]);
  });

  it('leave out a host name that is no DNS name', () => {
    const host = { name: 'my laptop', addresses: [] };
    expect(defaultSans(host).map(({ value }) => value)).toEqual(['localhost', '127.0.0.1', '::1']);
    expect(serverName(host)).toBe('dockgate');
  });

  it('of this machine have no address with a zone', () => {
    const { addresses } = thisHost();
    expect(addresses).toContain('127.0.0.1');
    expect(addresses.filter((address) => /^fe80|%/i.test(address))).toEqual([]);
  });

  it('name nothing twice', () => {
    const twice = [parseSan('localhost'), parseSan('LOCALHOST'), parseSan('::1'), parseSan('0::1')];
    expect(distinctSans(twice)).toHaveLength(2);
  });
});
