// A daemon in a process of its own, so that it can be stopped. It answers every request with OK, or
// takes the connection over where an upgrade is asked for.
import { createServer } from 'node:http';
import process from 'node:process';

const [path, backlog] = process.argv.slice(2);
const server = createServer((request, answer) => {
  request.resume();
  request.once('end', () => {
    answer.writeHead(200, { 'Content-Length': 2, Connection: 'close' });
    answer.end('OK');
  });
});
server.on('upgrade', (_request, socket) => {
  socket.on('error', () => undefined);
  socket.end('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nOK');
});
server.listen({ path, backlog: Number(backlog) }, () => process.send?.({ event: 'listening' }));
