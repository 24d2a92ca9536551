/** A TLS handshake between two PEM pairs over a pipe in memory: both verify, nothing is skipped. */
import { duplexPair } from 'node:stream';
import { connect, createServer, type SecureVersion, type TLSSocket } from 'node:tls';

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** What each side thought of the other: `authorized`, or the reason. */
export interface Outcome {
  readonly client: string;
  readonly server: string;
}

/** Ends when both sides have judged. `host` is what the client dials; `ca` is what each side trusts. */
export async function handshake(
  ca: string | { readonly client: string; readonly server: string },
  { server, client, host }: { server: Pair; client: Pair; host: string },
  version: SecureVersion = 'TLSv1.3',
): Promise<Outcome> {
  const [near, far] = duplexPair();
  const trust = typeof ca === 'string' ? { client: ca, server: ca } : ca;
  const gate = createServer({
    ca: trust.server,
    ...server,
    requestCert: true,
    rejectUnauthorized: false,
  });
  const judged = new Promise<string>((resolve, reject) => {
    gate.once('secureConnection', (socket) => {
      resolve(verdict(socket));
    });
    gate.once('tlsClientError', reject);
  });
  // A client that turns the server down makes this fail; nobody waits for it then.
  judged.catch(() => undefined);
  gate.emit('connection', far);
  const clientSide = connect({
    socket: near,
    ...client,
    ca: trust.client,
    host,
    maxVersion: version,
  });
  const clientVerdict = await new Promise<string>((resolve) => {
    clientSide.once('secureConnect', () => {
      resolve(verdict(clientSide));
    });
    clientSide.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
  });
  const serverVerdict = clientVerdict === 'authorized' ? await judged : 'not asked';
  // Not sooner: under TLS 1.2 the server is done before its last message is out.
  clientSide.destroy();
  far.destroy();
  return { client: clientVerdict, server: serverVerdict };
}

// The reason is OpenSSL's code as a string, though the types say Error.
const verdict = (socket: TLSSocket): string =>
  socket.authorized ? 'authorized' : String(socket.authorizationError);
