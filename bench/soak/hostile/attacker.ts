/**
 * One of the processes that attack a gate: makes its share of the connections of an attack, and prints how they ended, as JSON.
 *
 *   node attacker.js ATTACK PORT CERT_PATH CONNECTIONS
 */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { ATTACKS, type Attack } from './attacks.ts';
import { isUnderWay, NOT_LET_IN, STILL_OPEN, type Attacked } from './attacked.ts';
import { clientHello } from './hello.ts';

const [, , name = '', port = '', certPath = '', connections = ''] = process.argv;
const attack = ATTACKS[name];
if (attack === undefined) throw new Error(`no such attack: ${name}`);

const file = (part: string): Buffer => fs.readFileSync(path.join(certPath, part));
const context = tls.createSecureContext({
  ...(attack.reach === 'user' && { cert: file('cert.pem'), key: file('key.pem') }),
  ca: file('ca.pem'),
});
const hello = await clientHello();
const ended: Record<string, number> = {};
const lasted: number[] = [];
/** Connections that are not over, and how each stands. */
const open = new Map<net.Socket, () => string>();
let made = 0;
let over = false;

/** Few handshakes at a time, where it is not handshakes that attack. */
const AT_ONCE = 100;
const waves = Math.min(AT_ONCE, Number(connections));
let left = Number(connections);
for (let at = 0; at < waves; at += 1) next();
setTimeout(finishOrTarry, attack.seconds * 1000, attack.patience ?? 0);

/** The next connection, once one is there or over. */
function next(): void {
  if (over || left <= 0) return;
  if (attack?.again !== true) left -= 1;
  if (attack !== undefined) connect(attack);
}

function connect(what: Attack): void {
  const began = performance.now();
  const turn = (made += 1);
  const localAddress = what.from?.[turn % what.from.length];
  const at = { host: '127.0.0.1', port: Number(port), localAddress };
  const socket =
    what.reach === 'tcp' ? net.connect(at) : tls.connect({ ...at, secureContext: context });
  let how: string | undefined;
  let reached = false;
  let drip: NodeJS.Timeout | undefined;
  open.set(socket, () => standing(what, reached, how));
  socket.once(what.reach === 'tcp' ? 'connect' : 'secureConnect', () => {
    reached = true;
    if (what.start) socket.write(what.start(turn, hello), 'latin1');
    drip = dripOn(socket, what);
    if (what.again !== true) next();
    else if (what.start === undefined) socket.destroy();
  });
  socket.on('data', (chunk: Buffer) => {
    how ??= /^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1', 0, 20))?.[1] ?? 'bytes';
    if (what.leavesOnAnswer === true) socket.resetAndDestroy();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    how ??= error.code ?? 'error';
  });
  socket.once('close', () => {
    clearInterval(drip);
    open.delete(socket);
    if (over) return;
    count(how ?? 'closed');
    lasted.push(performance.now() - began);
    if (what.again === true) next();
    else if (how !== undefined && drip === undefined) next();
  });
}

/** Of those that come again and again some are always half through: that says nothing of the gate. */
function standing({ again }: Attack, reached: boolean, how: string | undefined): string {
  if (!reached) return NOT_LET_IN;
  return how === undefined || again === true ? STILL_OPEN : `${how}, ${STILL_OPEN}`;
}

function dripOn(socket: net.Socket, { drip }: Attack): NodeJS.Timeout | undefined {
  if (drip === undefined) return undefined;
  if (drip.everyMs > 0) {
    return setInterval(() => socket.writable && socket.write(drip.text, 'latin1'), drip.everyMs);
  }
  const pour = (): void => {
    if (socket.writable) socket.write(drip.text, 'latin1', () => setImmediate(pour));
  };
  pour();
  return undefined;
}

function count(how: string): void {
  ended[how] = (ended[how] ?? 0) + 1;
}

/** Ends the attack if all of its connections have an answer or an end, or no patience is left; s. */
function finishOrTarry(patience: number): void {
  const waits = [...open.values()].some((stands) => isUnderWay(stands()));
  if (patience > 0 && (left > 0 || waits)) setTimeout(finishOrTarry, 1000, patience - 1);
  else finish();
}

function finish(): void {
  over = true;
  for (const [socket, stands] of open) {
    count(stands());
    socket.destroy();
  }
  const sorted = lasted.toSorted((a, b) => a - b);
  const result: Attacked = { made, ended, lastedMs: sorted[Math.floor(sorted.length / 2)] ?? null };
  process.stdout.write(JSON.stringify(result));
}
