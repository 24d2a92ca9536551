import Dockerode from 'dockerode';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { credentials } from '../support/e2e/connect.ts';
import { background, IDLE } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { IMAGE, type Endpoint } from '../support/e2e/world.ts';

endToEnd('dockerode', (world) => {
  let name = '';
  beforeAll(async () => {
    name = await background(world, IDLE);
  });

  describe.each([world.direct, world.front])('through $name', (endpoint) => {
    const client = clientOf(endpoint);

    it('sees the daemon’s version and containers', async () => {
      expect((await client.version()).ApiVersion).toMatch(/^\d+\.\d+$/);
      const names = (await client.listContainers()).flatMap(({ Names }) => Names);
      expect(names).toContain(`/${name}`);
    });

    it('hears the daemon’s own words of what is not there', async () => {
      const asked = client.getContainer('no-such').inspect();
      await expect(asked).rejects.toMatchObject({
        statusCode: 404,
        json: { message: 'No such container: no-such' },
      });
    });

    it('runs a container and gets its output and exit code', async () => {
      const output = new PassThrough();
      const options = { HostConfig: { NetworkMode: 'none', AutoRemove: true } };
      const command = ['sh', '-c', 'echo hello; exit 3'];
      const [{ StatusCode }] = (await client.run(IMAGE, command, output, options)) as [
        { StatusCode: number },
      ];
      expect(StatusCode).toBe(3);
      // The client ends it with the stream, which may come after the answer of wait.
      expect(await text(output)).toContain('hello');
    });

    it('feeds an exec and sees its end of input, upgraded', async () => {
      expect(await execCat(client, name, true)).toBe('fed');
    });

    it('gets the output of an exec that is not upgraded', async () => {
      expect(await execCat(client, name, false)).toBe('fed');
    });
  });

  it('through the front runs a hundred execs at once, each with its own input', async () => {
    const client = clientOf(world.front);
    const numbers = Array.from({ length: 100 }, (_, n) => `input ${n}`);
    const answers = await Promise.all(numbers.map((input) => execCat(client, name, true, input)));
    expect(answers).toEqual(numbers);
  });
});

function clientOf({ address }: Endpoint): Dockerode {
  if ('socketPath' in address) return new Dockerode({ socketPath: address.socketPath });
  const { host, port, certPath } = address;
  return new Dockerode({ protocol: 'https', host, port, ...credentials(certPath) });
}

/** Runs `cat` in the container, feeds it and returns what it gives back. */
async function execCat(
  client: Dockerode,
  name: string,
  hijack: boolean,
  input = 'fed',
): Promise<string> {
  const command = hijack ? ['cat'] : ['echo', '-n', input];
  const exec = await client.getContainer(name).exec({
    ...{ Cmd: command, AttachStdin: hijack, AttachStdout: true, AttachStderr: true },
  });
  const stream = await exec.start({ hijack, stdin: hijack });
  const output = new PassThrough();
  client.modem.demuxStream(stream, output, output);
  stream.on('end', () => output.end());
  if (hijack) stream.end(input);
  return text(output);
}
