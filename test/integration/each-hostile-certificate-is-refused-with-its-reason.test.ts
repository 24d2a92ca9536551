import { describe, expect, it } from 'vitest';
import { useGate, type TestGate } from '../support/gate.ts';
import type { Leaf } from '../support/raw-client.ts';
import { headerValue } from '../support/raw/response-reader.ts';
import { createThrowawayCa, HOUR_MS, type ThrowawayCa } from '../support/throwaway-ca.ts';

const start = useGate();

type Make = (ca: ThrowawayCa) => Promise<Leaf>;

const otherCa = async (): Promise<Leaf> => (await createThrowawayCa()).client('alice');
const belowLeaf: Make = async (ca) => {
  const { chain, cert, key } = await ca.hostile.signedByLeaf('alice');
  return { cert: `${cert}${chain}`, key };
};

/** Certificate → what the person at the other end is told. */
const HOSTILE: readonly (readonly [string, Make, RegExp])[] = [
  ['from another CA', otherCa, /CA/],
  ['forged in the name of the CA', (ca) => ca.hostile.forged('alice'), /CA/],
  ['that is self-signed', (ca) => ca.hostile.selfSigned('alice'), /self-signed/],
  ['that has expired', (ca) => ca.hostile.expired('alice'), /expired/],
  ['that is not valid yet', (ca) => ca.hostile.notYetValid('alice'), /not valid yet/],
  ['made for servers only', (ca) => ca.hostile.serverAuthOnly('alice'), /clientAuth/],
  ['made for signing code only', (ca) => ca.hostile.codeSigningOnly('alice'), /clientAuth/],
  ['made for any purpose only', (ca) => ca.hostile.anyPurposeOnly('alice'), /clientAuth/],
  ['issued by another client', belowLeaf, /certificate/],
  ['of a server of the same CA', (ca) => ca.server(), /clientAuth/],
  ['with two common names', (ca) => ca.hostile.withNames('alice', 'bob'), /common name/],
  ['without a common name', (ca) => ca.hostile.withNames(), /common name/],
  ['with a line end in its name', (ca) => ca.client('a\nlice'), /user name/],
  ['with a name that starts with a dot', (ca) => ca.client('.alice'), /user name/],
  ['with an empty name', (ca) => ca.client(''), /name/],
];

async function refusalOf({ connect }: TestGate, leaf: Leaf, tls: 'TLSv1.2' | 'TLSv1.3') {
  const client = await connect({ leaf, tls });
  await client.send('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');
  const answer = await client.readAnswer();
  expect(answer.status).toBe(403);
  expect(headerValue(answer, 'content-type')).toBe('application/json');
  return (JSON.parse(answer.body.toString()) as { message: string }).message;
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (tls) => {
  it.each(HOSTILE)('refuses a certificate %s', async (_, make, reason) => {
    const gate = await start();
    expect(await refusalOf(gate, await make(gate.ca), tls)).toMatch(reason);
    expect((await gate.audit.next({ event: 'peer-refused' }))['reason']).toMatch(reason);
    expect(gate.daemon.connections.all).toHaveLength(0);
  });
});

it('never sends bytes of the certificate’s name raw to the log', async () => {
  const gate = await start();
  await refusalOf(gate, await gate.ca.client('x\n{"event":"call","user":"root"}'), 'TLSv1.3');
  await gate.audit.next({ event: 'peer-refused' });
  expect(gate.audit.having({ user: 'root' })).toEqual([]);
});

it('accepts an honest certificate of the CA', async () => {
  const { daemon, ca, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await connect({ leaf: await ca.client('bob') });
  expect((await client.call('GET', '/_ping')).status).toBe(200);
});

// The handshake is long over when the certificate expires: the next request asks again.
it('refuses the next request on a connection whose certificate has expired since', async () => {
  let now = Date.now();
  const gate = await start({ now: () => now });
  gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const leaf = await gate.ca.client('alice', { notAfter: new Date(now + HOUR_MS) });
  const client = await gate.connect({ leaf });
  expect((await client.call('GET', '/_ping')).status).toBe(200);

  now += 2 * HOUR_MS;
  const answer = await client.call('GET', '/_ping');
  expect(answer.status).toBe(403);
  expect(answer.body.toString()).toMatch(/expired/);
  expect(gate.daemon.calls.all).toHaveLength(1);
});
