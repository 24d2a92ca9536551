/** Who holds a lock, and whether that process is still there. */
import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';

const HOLDER = z.strictObject({
  token: z.string().regex(/^[0-9a-f]{12}$/),
  pid: z.int().positive(),
  command: z.string(),
  since: z.string(),
  host: z.string(),
  start: z.string(),
  boot: z.string(),
  namespace: z.string(),
});

/**
 * `token` names this one holding. `start` is the process's start in ticks since boot (proc(5), field
 * 22 of stat), `boot` the kernel's boot id, `namespace` its PID namespace: a PID means something only
 * together with these. They are empty where there is no /proc.
 */
export type Holder = Readonly<z.infer<typeof HOLDER>>;

/** This process as a holder, for the command that it runs. */
export async function thisHolder(command: string): Promise<Holder> {
  const [start = '', boot, namespace] = await Promise.all([
    startOf(process.pid),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return {
    token: randomBytes(6).toString('hex'),
    pid: process.pid,
    command,
    since: new Date().toISOString(),
    host: hostname(),
    start,
    boot: boot.trim(),
    namespace,
  };
}

/** The holder that a lock file names; undefined for text that no holder wrote. */
export function parseHolder(text: string): Holder | undefined {
  try {
    return HOLDER.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * True where the holder's process is certainly over. In doubt (another machine, another container)
 * it counts as running.
 */
export async function isGone(holder: Holder, us: Holder): Promise<boolean> {
  if (holder.boot !== us.boot) return holder.host === us.host;
  if (holder.namespace !== us.namespace) return false;
  if (us.start === '') return !answers(holder.pid);
  return (await startOf(holder.pid)) !== holder.start;
}

/** Undefined for a process that is over, a zombie too: it will write nothing more. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The command's name, in brackets, may hold anything; state is field 3, start is field 22.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  return state === 'Z' || state === 'X' ? undefined : fields?.[19];
}

function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
