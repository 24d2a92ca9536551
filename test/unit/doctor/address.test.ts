import { expect, it } from 'vitest';
import { parseAddress } from '../../../src/doctor/address.ts';

it.each([
  ['gate', 'gate', 2376],
  ['gate.example.org:1', 'gate.example.org', 1],
  ['tcp://gate:2377', 'gate', 2377],
  ['192.0.2.7:2377', '192.0.2.7', 2377],
  ['2001:db8::7', '2001:db8::7', 2376],
  ['[2001:db8::7]:2377', '2001:db8::7', 2377],
])('%s is a place to dial', (text, host, port) => {
  expect(parseAddress(text)).toEqual({ host, port });
});

it.each(['', 'https://gate', 'gate:0', 'gate:65536', 'gate:x', 'a b', 'gate/x', '[::1'])(
  '%j is none',
  (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  },
);
