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
  const trusted = [root.cert, stranger.cert];
  const socket = tls.connect({ port, servername: 'localhost', ca: trusted });
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
      // Node adds the issuer that a client knows to what it was shown, so a root that was left out would not be missed.
      expect(tlsOptions({ ca, cert, key }).cert).toBe(chain);
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

  it('leaves the choice between a CA and its renewal to OpenSSL, which knows what is valid', async () => {
    const { cert, key } = below;
    const early = root.certify(middle, {
      notBefore: new Date(Date.now() + 24 * HOUR_MS),
      notAfter: new Date(Date.now() + 1000 * HOUR_MS),
    });
    const ca = `${early.cert}${middle.cert}${root.cert}`;
    expect(servedChain(cert, ca)).toBe(cert);
    expect(await shownBy(tlsOptions({ ca, cert, key }))).toEqual(
      shownIn(`${cert}${middle.cert}${root.cert}`),
    );
  });

  it('leaves the choice between a root and its cross-signed twin to OpenSSL', async () => {
    const { cert, key } = await root.server();
    const twin = stranger.certify(root);
    const ca = `${twin.cert}${root.cert}${stranger.cert}`;
    expect(await shownBy(tlsOptions({ ca, cert, key }))).toEqual(await shownBy({ ca, cert, key }));
    expect(servedChain(cert, ca)).toBe(cert);
  });

  it('goes on behind a CA that signed its older key under its own name', async () => {
    const { cert, key } = below;
    const successor = await root.intermediate({ subject: middle.subject });
    const rolled = successor.certify(middle);
    const ca = `${rolled.cert}${successor.cert}${root.cert}`;
    expect(shownIn(servedChain(cert, ca))).toEqual(shownIn(`${cert}${ca}`));
    expect(await shownBy({ ca, cert, key })).toEqual(shownIn(`${cert}${ca}`));
  });

  it('takes a certificate that is there twice for one', () => {
    const twice = `${middle.cert}${root.cert}${middle.cert}${root.cert}`;
    expect(servedChain(below.cert, twice)).toBe(
      servedChain(below.cert, `${middle.cert}${root.cert}`),
    );
  });

  it('leaves a file alone that says itself what is shown', () => {
    const cert = `${below.cert}${middle.cert}`;
    expect(servedChain(cert, `${root.cert}${middle.cert}`)).toBe(cert);
  });

  it('adds nothing to a certificate that signed itself', () => {
    expect(shownIn(servedChain(root.cert, root.cert))).toEqual(shownIn(root.cert));
  });

  it('leaves CAs that signed each other to OpenSSL', () => {
    const [one, other] = [root.certify(middle), middle.certify(root)];
    expect(servedChain(below.cert, `${one.cert}${other.cert}`)).toBe(below.cert);
  });
});
