import type { NetworkInterfaceInfo } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkSans, dialledNames, sanNames } from '../../../src/doctor/sans.ts';
import { createThrowawayCa, type Issued } from '../../support/throwaway-ca.ts';

let leaf: Issued;

beforeAll(async () => {
  const ca = await createThrowawayCa();
  leaf = await ca.server({
    sans: ['gate.example.org', '*.example.net', '192.0.2.7', '2001:db8::7'],
  });
});

describe('names', () => {
  const check = (required: string[], possible: string[] = []) =>
    checkSans(leaf.certificate, { required, possible }, 'dockgate server renew');

  it.each(['gate.example.org', 'a.example.net', '192.0.2.7', '2001:db8:0::7'])(
    'covers %s',
    (host) => {
      expect(check([host])).toMatchObject({ state: 'ok' });
    },
  );

  it('fails for what is dialled and not named, with the command that adds it', () => {
    expect(check(['gate.example.org', 'other.example.org', '192.0.2.8'])).toMatchObject({
      state: 'failed',
      fix: 'dockgate server renew --san other.example.org --san 192.0.2.8',
    });
  });

  it('warns where one of several addresses of this machine is not named', () => {
    expect(check([], ['192.0.2.7', '198.51.100.1'])).toMatchObject({ state: 'warning' });
  });

  it('fails where none of them is', () => {
    expect(check([], ['host', '198.51.100.1'])).toMatchObject({ state: 'failed' });
  });

  it('lists names as people write them', () => {
    expect(sanNames(leaf.certificate)).toContain('2001:db8::7');
  });

  it('does not count the common name', async () => {
    const bare = await (await createThrowawayCa()).server({ sans: [] });
    const names = { required: ['throwaway server'], possible: [] };
    expect(checkSans(bare.certificate, names, 'renew').found).toContain('it names nothing');
  });
});

describe('what clients may dial', () => {
  const entry = (address: string, rest: object = {}): NetworkInterfaceInfo =>
    ({ address, family: 'IPv4', internal: false, ...rest }) as NetworkInterfaceInfo;
  const host = {
    name: 'Vm',
    interfaces: {
      lo: [entry('127.0.0.1', { internal: true })],
      eth0: [entry('192.0.2.7'), entry('fe80::1', { family: 'IPv6', scopeid: 2 })],
      docker0: [entry('172.17.0.1')],
    },
  };

  it('is every outward address where the gate listens on all', () => {
    const listen = [{ host: '0.0.0.0', port: 2376 }];
    expect(dialledNames(listen, ['gate.example.org'], host)).toEqual({
      required: ['gate.example.org'],
      possible: ['vm', '192.0.2.7'],
    });
  });

  it('is the address itself where it listens on one', () => {
    const listen = [{ host: '10.0.0.5', port: 2376 }];
    expect(dialledNames(listen, [], host)).toEqual({ required: ['10.0.0.5'], possible: [] });
  });

  it('is not what a container calls itself', () => {
    const listen = [{ host: '0.0.0.0', port: 2376 }];
    expect(dialledNames(listen, [], undefined)).toEqual({ required: [], possible: [] });
  });
});
