import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { importBusybox } from '../../test/support/e2e/busybox.ts';
import { mustRun, run } from '../../test/support/e2e/child.ts';
import { PrivateDockerd } from '../../test/support/private-dockerd.ts';
import { BUILT, dockgate } from './built.ts';
import { startReportingGate, type ReportingGate } from './gate.ts';
import { Policies } from './policies.ts';
import { descriptorsOf, type Descriptors } from './stock.ts';
import { dockerEnv, IMAGE, makeStanding, type Standing } from './standing.ts';

/** A real daemon, a real gate before it, and what both need. */
export interface Stage {
  readonly dir: string;
  readonly certs: string;
  /** On a small file system of its own, that can be filled. */
  readonly auditLog: string;
  readonly daemon: PrivateDockerd;
  readonly gate: ReportingGate;
  readonly policies: Policies;
  readonly standing: Standing;
  /** The gate's descriptors before anybody has called. */
  readonly quiet: Descriptors;
  readonly close: () => Promise<void>;
}

/** @param users who get certificates. @param auditMiB size of the file system for the trail. */
export async function setStage(users: readonly string[], auditMiB: number): Promise<Stage> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dockgate-soak-'));
  const undo: (() => Promise<unknown>)[] = [() => removeAll(dir)];
  const close = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const certs = path.join(dir, 'certs');
    const clients = users.flatMap((user) => ['--client', user]);
    await dockgate('init-certs', '--certs', certs, '--san', '127.0.0.1', ...clients);
    const auditLog = await mountAuditDisk(dir, auditMiB);
    undo.push(() => mustRun('umount', ['--lazy', path.dirname(auditLog)]));
    const daemon = new PrivateDockerd();
    undo.push(() => daemon.remove());
    await daemon.start();
    await importBusybox('docker', dockerEnv(daemon.socket), IMAGE);
    const standing = await makeStanding(daemon.socket);
    const policies = new Policies(path.join(dir, 'policy.yaml'));
    const args = ['--policy', policies.file, '--audit-max-size', '8MB', '--audit-keep', '0'];
    const { socket } = daemon;
    const gate = await startReportingGate({ dir, certs, socket, auditLog, args });
    undo.push(() => gate.process.stop('SIGKILL'));
    const quiet = descriptorsOf(gate.pid);
    return { dir, certs, auditLog, daemon, gate, policies, standing, quiet, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs a command of dockgate on the certificates of this stage, with its trail. */
export function administer(stage: Stage, ...command: readonly string[]): Promise<string> {
  return dockgate(...command, '--certs', stage.certs, '--audit-log', stage.auditLog);
}

/** `dockgate audit …`; @returns exit code and what it printed. */
export async function readTrail(stage: Stage, ...command: readonly string[]) {
  const log = ['--audit-log', stage.auditLog];
  const { code, stdout, stderr } = await run(process.execPath, [
    BUILT,
    'audit',
    ...command,
    ...log,
  ]);
  return { code, text: `${stdout.toString()}${stderr}` };
}

async function mountAuditDisk(dir: string, mib: number): Promise<string> {
  const disk = path.join(dir, 'audit');
  fs.mkdirSync(disk);
  await mustRun('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', disk]);
  return path.join(disk, 'audit.jsonl');
}

function removeAll(dir: string): Promise<void> {
  fs.rmSync(dir, { recursive: true, force: true });
  return Promise.resolve();
}
