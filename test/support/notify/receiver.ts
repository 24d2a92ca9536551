import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PYTHON = '/usr/bin/python3';
const NOTIFY = '/usr/bin/systemd-notify';

/** Why nothing can be told here, or undefined where it can. */
export function whyNoNotices(): string | undefined {
  const missing = [PYTHON, NOTIFY].filter((file) => !existsSync(file));
  return missing.length === 0
    ? undefined
    : `${missing.join(', ')} missing (Debian: systemd, python3)`;
}

/** A stand-in for systemd's end of NOTIFY_SOCKET: Node.js cannot listen on datagrams of the unix kind. */
export interface NoticeReceiver {
  readonly socket: string;
  /** The next notice, as its assignments; at once where it is there already. */
  next(): Promise<string[]>;
  close(): void;
}

export async function receiveNotices(dir: string): Promise<NoticeReceiver> {
  const socket = join(dir, 'notify.sock');
  const child = spawn(PYTHON, [join(import.meta.dirname, 'receive.py'), socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string[]> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('the receiver of notices ended');
    return (JSON.parse(line.value) as string).split('\n');
  };
  await next();
  return {
    socket,
    next,
    close: () => {
      child.kill();
    },
  };
}
