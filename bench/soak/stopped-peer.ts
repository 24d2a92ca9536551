/**
 * A client in a process of its own, so that it can be stopped: has an exec with a terminal put out so many bytes, and counts
 * what comes. Prints `first` with the first of them, and their number at the end.
 *
 *   node stopped-peer.js PORT CERT_PATH BYTES CREATE_AGENT START_AGENT
 */
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { KNOWN } from './standing.ts';

const [, , port = '', certPath = '', bytes = '', creates = '', starts = ''] = process.argv;
const file = (name: string): Buffer => fs.readFileSync(path.join(certPath, name));
const tls = { ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };

const post = (target: string, body: unknown, headers: Record<string, string>) => {
  const all = { 'Content-Type': 'application/json', ...headers };
  const where = { host: '127.0.0.1', port: Number(port), path: `/v1.41${target}`, agent: false };
  const sent = https.request({ ...tls, ...where, method: 'POST', headers: all } as const);
  return sent.end(JSON.stringify(body));
};

// With a terminal the output has no frames; zeros pass it as they are.
const config = { AttachStdout: true, Tty: true, Cmd: ['head', '-c', bytes, '/dev/zero'] };
post(`/containers/${KNOWN}/exec`, config, { 'User-Agent': creates }).once('response', (created) => {
  void json(created).then((exec) => {
    const { Id } = exec as { Id: string };
    const upgrade = { 'User-Agent': starts, Connection: 'Upgrade', Upgrade: 'tcp' };
    post(`/exec/${Id}/start`, { Detach: false, Tty: true }, upgrade).once(
      'upgrade',
      (_, socket, head) => {
        let received = head.length;
        socket.once('data', () => {
          process.stdout.write('first\n');
        });
        socket.on('data', (chunk: Buffer) => {
          received += chunk.length;
        });
        socket.once('end', () => {
          process.stdout.write(`${received} bytes\n`);
          socket.end();
        });
      },
    );
  });
});
