/**
 * What revocation costs with 10,000 serial numbers on the list: the question at every request (the
 * aim is below 5 µs), the one at every handshake, and a reload of everything (below 200 ms).
 * Nothing is asserted.
 */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import { readMaterial } from '../src/app/material.ts';
import { validateSettings } from '../src/config/validate.ts';
import { createIdentification } from '../src/identity/identify.ts';
import { buildCrl } from '../src/pki/crl/write.ts';
import { initCertificates } from '../src/pki/init.ts';
import { keyIdentifier, readPrivateKey } from '../src/pki/keys.ts';
import { subjectName } from '../src/pki/x509-reader.ts';

const ENTRIES = 10_000;
const CHECKS = 1_000_000;
const RELOADS = 20;

const dir = await mkdtemp(join(tmpdir(), 'dockgate-bench-'));
try {
  await initCertificates({ dir, clients: ['alice'], sans: ['localhost'] });
  await writeFile(join(dir, 'crl.pem'), await longList());
  const config = validateSettings({ certs: dir });

  const reloads = Array.from({ length: RELOADS }, () =>
    timed(() => readMaterial(config, Date.now())),
  ).toSorted((a, b) => a.ms - b.ms);
  const middle = reloads[Math.floor(RELOADS / 2)] ?? reloads[0];
  if (middle === undefined) throw new Error('nothing was loaded');
  report('reload', middle.ms * 1000, reloads.at(-1)?.ms ?? 0);

  const identification = createIdentification(middle.value.trust);
  const certificate = new X509Certificate(
    await readFile(join(dir, 'clients', 'alice', 'cert.pem'), 'utf8'),
  );
  const socket = {
    isSessionReused: () => false,
    getPeerX509Certificate: () => certificate,
    authorized: true,
  } as unknown as TLSSocket;
  const first = timed(() => identification.identify(socket, Date.now()));
  report('first handshake of a certificate', first.ms * 1000);
  const again = timed(() => {
    for (let at = 0; at < 10_000; at += 1) identification.identify(socket, Date.now());
  });
  report('each further handshake', (again.ms * 1000) / 10_000);
  const checks = timed(() => {
    for (let at = 0; at < CHECKS; at += 1) identification.confirm(first.value, Date.now());
  });
  report('each request', (checks.ms * 1000) / CHECKS);
  identification.replace(middle.value.trust);
  const judged = timed(() => {
    identification.confirm(first.value, Date.now());
  });
  report('first request after a reload', judged.ms * 1000);
} finally {
  await rm(dir, { recursive: true });
}

/** A list of our own CA with so many entries that nobody here has. */
async function longList(): Promise<string> {
  const ca = new X509Certificate(await readFile(join(dir, 'ca.pem'), 'utf8'));
  const keyPem = await readFile(join(dir, 'ca-key.pem'), 'utf8');
  const now = new Date();
  return buildCrl({
    issuer: {
      name: subjectName(ca),
      key: readPrivateKey(keyPem, 'ca-key.pem'),
      keyId: keyIdentifier(ca.publicKey),
    },
    number: 1n,
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + 86_400_000),
    revoked: Array.from({ length: ENTRIES }, (_, at) => ({
      serial: (0xabcdef00000000000000000000000000n + BigInt(at)).toString(16).toUpperCase(),
      at: now,
      reason: 'keyCompromise' as const,
    })),
  });
}

function timed<T>(work: () => T): { readonly value: T; readonly ms: number } {
  const started = performance.now();
  const value = work();
  return { value, ms: performance.now() - started };
}

function report(what: string, us: number, worstMs?: number): void {
  const worst = worstMs === undefined ? '' : `, at worst ${worstMs.toFixed(1)} ms`;
  const time = us < 1000 ? `${us.toFixed(2)} µs` : `${(us / 1000).toFixed(1)} ms`;
  console.log(`${what}: ${time}${worst}`);
}
