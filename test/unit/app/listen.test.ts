import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { addressText, listen } from '../../../src/app/listen.ts';
import { CommandError } from '../../../src/errors.ts';

const servers: net.Server[] = [];
const server = (): net.Server => {
  const made = net.createServer();
  servers.push(made);
  return made;
};

afterEach(async () => {
  for (const made of servers.splice(0)) {
    await new Promise((resolve) => made.close(resolve));
  }
});

const failure = async (host: string, port: number): Promise<CommandError> => {
  const error = await listen(server(), { host, port }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CommandError);
  return error as CommandError;
};

describe('listen', () => {
  it('gives the port that was taken where any would do', async () => {
    const made = server();
    const taken = await listen(made, { host: '127.0.0.1', port: 0 });
    expect(taken.host).toBe('127.0.0.1');
    expect(taken.port).toBe((made.address() as net.AddressInfo).port);
  });

  it('says that a port is in use, and how to find out by whom', async () => {
    const { port } = await listen(server(), { host: '127.0.0.1', port: 0 });
    expect(await failure('127.0.0.1', port)).toMatchObject({
      code: 'LISTEN_FAILED',
      exitCode: 1,
      message: `cannot listen on tcp://127.0.0.1:${port}: EADDRINUSE`,
      hint: expect.stringContaining(`sport = :${port}`) as string,
    });
  });

  it('says what a port below 1024 takes', async () => {
    // Tests run as root as a rule, who needs no more.
    class Denied extends net.Server {
      override listen(): this {
        this.emit('error', Object.assign(new Error('denied'), { code: 'EACCES' }));
        return this;
      }
    }
    await expect(listen(new Denied(), { host: '127.0.0.1', port: 443 })).rejects.toMatchObject({
      message: 'cannot listen on tcp://127.0.0.1:443: EACCES',
      hint: expect.stringContaining('CAP_NET_BIND_SERVICE') as string,
    });
    const high = await listen(new Denied(), { host: '127.0.0.1', port: 2376 }).catch(
      (reason: unknown) => reason as CommandError,
    );
    expect(high).toMatchObject({ hint: expect.stringContaining('SELinux') as string });
    expect((high as CommandError).hint).not.toContain('1024');
  });

  it('says that an address is none of this host', async () => {
    const { message, hint } = await failure('192.0.2.1', 0);
    expect(message).toBe('cannot listen on tcp://192.0.2.1:0: EADDRNOTAVAIL');
    expect(hint).toContain('ip addr');
  });

  it('says so where nothing else is known, too', async () => {
    const { hint } = await failure('not an address', 0);
    expect(hint).not.toBe('');
  });
});

describe('addressText', () => {
  it('puts IPv6 into brackets, and nothing else', () => {
    expect(addressText({ host: '::', port: 2376 })).toBe('[::]:2376');
    expect(addressText({ host: '0.0.0.0', port: 2376 })).toBe('0.0.0.0:2376');
    expect(addressText({ host: 'gate.example.com', port: 1 })).toBe('gate.example.com:1');
  });
});
