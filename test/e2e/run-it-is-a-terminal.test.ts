import { describe, expect, it } from 'vitest';
import { untilDaemonServes } from '../support/e2e/daemon-calls.ts';
import { RUN, sameInTurn, unique } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { Terminal } from '../support/e2e/terminal.ts';
import { IMAGE } from '../support/e2e/world.ts';

const SMALL = { rows: 40, columns: 100 };
const LARGE = { rows: 50, columns: 132 };
// Before the client has set a size there is none, and busybox then calls that an error.
const untilSize = (size: string, word: string): string =>
  `until [ "$(stty size 2>/dev/null)" = "${size}" ]; do sleep 0.05; done; echo ${word}`;
const RESIZED = [
  'stty -echo',
  untilSize('40 100', 'small'),
  untilSize('50 132', 'large'),
  'read line; echo "read $line"; exit 3',
].join('; ');
const READ = 'stty -echo; echo ready; read line; echo "read $line"; exit 4';

endToEnd('run -it is a terminal', (world) => {
  describe.each(world.clis)('docker $version', (cli) => {
    it('of the client’s size, also after that has changed', async () => {
      const outcome = await sameInTurn(world, async (endpoint) => {
        const args = [...RUN, '-it', IMAGE, 'sh', '-c', RESIZED];
        const terminal = new Terminal(cli, endpoint, SMALL, args);
        await terminal.waitFor(/small/);
        terminal.resize(LARGE);
        await terminal.waitFor(/large/);
        terminal.type('typed\r');
        return terminal.outcome;
      });
      expect(outcome).toMatchObject({
        code: 3,
        stdout: Buffer.from('small\r\nlarge\r\nread typed\r\n'),
      });
    });

    it.each([
      { keys: 'the default keys', args: [], typed: '\u0010\u0011' },
      { keys: 'keys of one’s own', args: ['--detach-keys', 'ctrl-x,x'], typed: '\u0018x' },
    ])('that $keys detach and attach comes back to', async ({ args, typed }) => {
      const outcome = await sameInTurn(world, async (endpoint) => {
        const name = unique('detached');
        const create = [...RUN, '-it', '--name', name, ...args, IMAGE, 'sh', '-c', READ];
        const first = new Terminal(cli, endpoint, SMALL, create);
        await first.waitFor(/ready/);
        first.type(typed);
        expect((await first.outcome).code).toBe(0);
        await untilDaemonServes(world.socket, 'postContainersAttach', 0);

        const second = new Terminal(cli, endpoint, SMALL, ['attach', name]);
        await untilDaemonServes(world.socket, 'postContainersAttach', 1);
        second.type('again\r');
        return second.outcome;
      });
      expect(outcome).toMatchObject({ code: 4, stdout: Buffer.from('read again\r\n') });
    });
  });
});
