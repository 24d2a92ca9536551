import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, servedChain } from '../../../src/listener/served-chain.ts';
import { tlsOptions } from '../../../src/listener/tls.ts';
import {
  createThrowawayCa,
  HOUR_MS,
  type Issued,
  type ThrowawayCa,
} from '../../support/throwaway-ca.ts';

let root: ThrowawayCa;
let middle: ThrowawayCa;
let below: Issued;
let stranger: ThrowawayCa;

beforeAll(async () => {
  [root, stranger] = await Promise.all([createThrowawayCa(), createThrowawayCa()]);
  middle = await root.intermediate({ name: 'middle' });
  below = await middle.server();
});

/** What a client is shown, base64 of each certificate, the server's first. */
async function shownBy(options: tls.TlsOptions): Promise<string[]> {
  const server = tls.createServer({ ...options, requestCert: false }).listen(0, '127.0.0.1');
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // Node adds to what was shown the issuer that a client knows; this one knows none of them.
  const socket = tls.connect({ port, ca: stranger.cert, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const shown: string[] = [];
  let next = socket.getPeerCertificate(true);
  while (!shown.includes(base64(next.raw))) {
    shown.push(base64(next.raw));
    next = next.issuerCertificate;
  }
  for (const open of [socket, ...sockets]) open.destroy();
  server.close();
  await once(server, 'close');
  return shown;
}

const base64 = (der: Buffer): string => der.toString('base64');

/** The base64 of each block. */
const shownIn = (pem: string): string[] =>
  blocksOf(pem).map((block) => block.replace(/-----[^-]+-----|\s/g, ''));

describe('servedChain', () => {
  it('is what OpenSSL finds by itself, whatever the order of the bundle', async () => {
    for (const ca of [`${root.cert}${middle.cert}`, `${middle.cert}${root.cert}`]) {
      const { cert, key } = below;
      const chain = servedChain(cert, ca);
      expect(shownIn(chain)).toEqual(shownIn(`${cert}${middle.cert}${root.cert}`));
      expect(await shownBy({ ca, cert, key })).toEqual(shownIn(chain));
      expect(await shownBy(tlsOptions({ ca, cert, key }))).toEqual(shownIn(chain));
    }
  });

  it('ends where the bundle does', () => {
    expect(shownIn(servedChain(below.cert, middle.cert))).toEqual(
      shownIn(`${below.cert}${middle.cert}`),
    );
    expect(shownIn(servedChain(below.cert, stranger.cert))).toEqual(shownIn(below.cert));
    expect(shownIn(servedChain(below.cert, root.cert))).toEqual(shownIn(below.cert));
  });

  it('shows the CA whose key it was, not another one of the same name', async () => {
    const namesake = await createThrowawayCa({ subject: root.subject });
    const { cert } = await root.server();
    expect(shownIn(servedChain(cert, `${namesake.cert}${root.cert}`))).toEqual(
      shownIn(`${cert}${root.cert}`),
    );
  });

  it('shows the younger of a CA and its renewal', () => {
    const [short, long] = [24, 48].map((hours) =>
      root.certify(middle, { notAfter: new Date(Date.now() + hours * HOUR_MS) }),
    ) as [ThrowawayCa, ThrowawayCa];
    for (const ca of [`${short.cert}${long.cert}`, `${long.cert}${short.cert}`]) {
      expect(shownIn(servedChain(below.cert, ca))).toEqual(shownIn(`${below.cert}${long.cert}`));
    }
  });

  it('leaves a file alone that says itself what is shown', () => {
    const cert = `${below.cert}${middle.cert}`;
    expect(servedChain(cert, `${root.cert}${middle.cert}`)).toBe(cert);
  });

  it('adds nothing to a certificate that signed itself', () => {
    expect(shownIn(servedChain(root.cert, root.cert))).toEqual(shownIn(root.cert));
  });

  it('ends with CAs that signed each other', () => {
    const [one, other] = [root.certify(middle), middle.certify(root)];
    expect(shownIn(servedChain(below.cert, `${one.cert}${other.cert}`))).toEqual(
      shownIn(`${below.cert}${one.cert}${other.cert}`),
    );
  });
});
