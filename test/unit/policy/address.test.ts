import { describe, expect, it } from 'vitest';
import { compileNetworks, isNetwork } from '../../../src/policy/address.ts';

describe('networks', () => {
  const networks = compileNetworks(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', 'nonsense']);

  it.each([
    ['10.1.2.3', true],
    ['11.1.2.3', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['2001:db8::1', true],
    ['2001:db9::1', false],
    ['2001:db8::1%eth0', true],
    ['2001:db9::1%eth0', false],
    ['::ffff:10.1.2.3', true],
    ['::FFFF:192.0.2.8', false],
    ['unknown', false],
    ['', false],
  ])('hold %s: %s', (address, expected) => {
    expect(networks.contains(address)).toBe(expected);
  });

  it.each([
    ['10.0.0.0/8', true],
    ['::/0', true],
    ['10.0.0.0/33', false],
    ['10.0.0/8', false],
    ['10.0.0.0/', false],
    ['10.0.0.0/8/8', false],
    ['example.org', false],
  ])('can be written %s: %s', (text, expected) => {
    expect(isNetwork(text)).toBe(expected);
  });
});
