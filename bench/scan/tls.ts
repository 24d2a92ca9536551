/**
 * Has Debian's testssl.sh look at a gate that was made with the defaults, and says what it found. Exits with 1 where it found
 * a protocol below TLS 1.2, a suite that is weak, or any weakness that it knows. testssl.sh shows no client certificate: the gate ends
 * handshakes all the same, and refuses behind them.
 *
 *   npm run scan:tls [-- --key-type rsa]
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startGateProcess } from '../../test/support/built-gate.ts';
import { run } from '../../test/support/e2e/child.ts';
import { BUILT, dockgate } from '../soak/built.ts';
import { judgeScan, type Finding } from './findings.ts';

const { values } = parseArgs({ options: { 'key-type': { type: 'string', default: 'ecdsa' } } });

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dockgate-scan-'));
const certsDir = path.join(dir, 'certs');
const report = path.join(dir, 'testssl.json');
try {
  await dockgate('init-certs', '--certs', certsDir, '--key-type', values['key-type']);
  const files = { certsDir, socketPath: path.join(dir, 'none.sock'), auditLog: '-' };
  const gate = await startGateProcess({ ...files, program: BUILT });
  const { stdout, stderr } = await run('testssl', [
    ...['--quiet', '--color', '0', '--nodns', 'none', '--warnings', 'off'],
    ...['--openssl-timeout', '10', '--connect-timeout', '10', '--add-ca'],
    ...[path.join(certsDir, 'ca.pem'), '--jsonfile', report, `127.0.0.1:${gate.port}`],
  ]);
  const stopCode = await gate.stop('SIGTERM');
  process.stdout.write(stdout);
  const findings = JSON.parse(fs.readFileSync(report, 'utf8')) as Finding[];
  const problems = judgeScan(findings);
  if (stopCode !== 0) problems.push(`the gate ended with ${stopCode ?? 'a signal'}`);
  if (findings.length === 0) problems.push(`no findings: ${stderr}`);
  console.log(`${findings.length} findings, ${problems.length} problems`);
  for (const problem of problems) console.log(`  ${problem}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}
