import { describe, expect, it } from 'vitest';
import { readHead } from '../../../src/understand/head.ts';
import { refusalOf } from '../helpers/refusal.ts';

const host = ['Host', 'd'];

describe('readHead', () => {
  it.each([
    ['nothing', [], { kind: 'none' }],
    ['Content-Length', ['Content-Length', '28'], { kind: 'length', length: 28 }],
    ['a Content-Length of zero', ['content-length', '0'], { kind: 'length', length: 0 }],
    ['fifteen digits', ['Content-Length', '9'.repeat(15)], { kind: 'length', length: 1e15 - 1 }],
    ['chunked', ['Transfer-Encoding', 'chunked'], { kind: 'chunked' }],
    ['chunked in any case', ['transfer-encoding', 'Chunked'], { kind: 'chunked' }],
  ])('reads the framing that %s means', (_, headers, framing) => {
    const head = readHead([...host, ...headers]);
    expect({ framing: head.framing, upgrade: head.upgrade }).toEqual({
      framing,
      upgrade: undefined,
    });
  });

  it.each([
    'Host',
    'Content-Length',
    'Content-Type',
    'Transfer-Encoding',
    'Upgrade',
    'Expect',
    'Authorization',
    'X-Registry-Auth',
    'X-Registry-Config',
    'X-Registry-Newer',
  ])('refuses a second %s line, also where both say the same and the case differs', (name) => {
    const error = refusalOf(() => readHead([name, '1', 'X-Between', 'x', name.toLowerCase(), '1']));
    expect(error.code).toBe('REQUEST_AMBIGUOUS');
    expect(error.message).toContain('more than one');
  });

  it('takes one line each of several X-Registry headers', () => {
    const raw = [...host, 'X-Registry-Auth', 'a', 'X-Registry-Config', 'a', 'X', 'x-registry-auth'];
    expect(readHead(raw).framing).toEqual({ kind: 'none' });
  });

  it('lets other headers repeat, as the session of BuildKit does', () => {
    const name = 'X-Docker-Expose-Session-Grpc-Method';
    expect(readHead([...host, name, '/a', name, '/b']).framing).toEqual({ kind: 'none' });
  });

  it.each([
    [
      'Content-Length and Transfer-Encoding',
      ['Content-Length', '5', 'Transfer-Encoding', 'chunked'],
    ],
    ['the same the other way round', ['Transfer-Encoding', 'chunked', 'Content-Length', '0']],
    ['an unknown transfer coding', ['Transfer-Encoding', 'xchunked']],
    ['a list of transfer codings', ['Transfer-Encoding', 'gzip, chunked']],
    ['identity', ['Transfer-Encoding', 'identity']],
    ['an empty transfer coding', ['Transfer-Encoding', '']],
    ['a transfer coding behind a vertical tab', ['Transfer-Encoding', '\vchunked']],
    ['a signed length', ['Content-Length', '+0']],
    ['a negative length', ['Content-Length', '-1']],
    ['a list of lengths', ['Content-Length', '0, 0']],
    ['a hexadecimal length', ['Content-Length', '0x10']],
    ['a length with a fraction', ['Content-Length', '1.0']],
    ['a length with an exponent', ['Content-Length', '1e3']],
    ['an empty length', ['Content-Length', '']],
    ['a length behind a space', ['Content-Length', ' 5']],
    ['a length before a line end', ['Content-Length', '5\n']],
    ['a length that no double holds', ['Content-Length', '9'.repeat(20)]],
    ['a Connection that would take a header away', ['Connection', 'X-Registry-Auth']],
    ['a Connection that names it among others', ['Connection', 'keep-alive, content-length']],
    ['a second Connection line that does so', ['Connection', 'close', 'Connection', 'Host']],
  ])('refuses %s', (_, headers) => {
    expect(refusalOf(() => readHead([...host, ...headers]))).toMatchObject({
      code: 'REQUEST_AMBIGUOUS',
      status: 400,
    });
  });

  it.each([
    ['close', ['Connection', 'close']],
    ['Keep-Alive', ['Connection', 'Keep-Alive']],
    ['an empty value', ['Connection', '']],
    ['empty elements', ['Connection', ' , close ,,']],
    ['TE', ['Connection', 'TE', 'TE', 'trailers']],
  ])('takes a Connection of %s', (_, headers) => {
    expect(readHead([...host, ...headers]).upgrade).toBeUndefined();
  });

  it.each([
    ['Connection', 'Upgrade', 'Upgrade', 'tcp'],
    ['Upgrade', 'TCP', 'connection', 'upgrade'],
    ['Connection', 'keep-alive, Upgrade', 'Upgrade', ' tcp '],
    ['Connection', 'keep-alive', 'Connection', 'upgrade', 'Upgrade', 'tcp'],
  ])('reads the upgrade that is asked for by %s: %s, %s: %s', (...headers) => {
    expect(readHead([...host, ...headers]).upgrade).toBe('tcp');
  });

  it.each([
    ['an Upgrade that Connection does not name', ['Upgrade', 'tcp']],
    ['an Upgrade beside keep-alive', ['Upgrade', 'tcp', 'Connection', 'keep-alive']],
    ['an empty Upgrade that Connection does not name', ['Upgrade', '']],
    ['a Connection: Upgrade to nothing', ['Connection', 'Upgrade']],
  ])('refuses %s, which the daemon and others read differently', (_, headers) => {
    expect(refusalOf(() => readHead([...host, ...headers])).code).toBe('UPGRADE_NOT_ALLOWED');
  });
});
