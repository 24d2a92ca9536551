// A client in a process of its own, so that it can be stopped and killed. It gets its orders as one
// JSON argument, and tells over IPC what happens to it.
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { connect } from 'node:tls';

const { port, ca, cert, key, request, pour } = JSON.parse(process.argv[2] ?? '{}');
const piece = Buffer.alloc(64 * 1024, 'x');
let received = 0;
let poured = 0;

const tell = (event) => process.send?.({ event, received, poured });

const socket = connect({ port, host: '127.0.0.1', ca, cert, key, allowHalfOpen: true }, () => {
  socket.write(Buffer.from(request, 'base64'));
  pourOn();
});
socket.on('data', (chunk) => {
  if (received === 0) tell('first bytes');
  received += chunk.length;
});
socket.on('end', () => {
  tell('end');
  socket.end();
});
socket.on('error', () => tell('error'));
socket.on('drain', pourOn);

function pourOn() {
  if (poured >= pour) return;
  while (poured < pour) {
    if (poured === 0) tell('pouring');
    poured += piece.length;
    if (!socket.write(piece)) return;
  }
  tell('poured');
}
