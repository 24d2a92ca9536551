import { describe, expect, it } from 'vitest';
import { list, map, pointer } from '../../../../src/docker-api/json/collections.ts';
import { readJson } from '../../../../src/docker-api/json/read.ts';
import { boolean, string } from '../../../../src/docker-api/json/scalars.ts';
import { ignored } from '../../../../src/docker-api/json/skip.ts';
import { struct } from '../../../../src/docker-api/json/struct.ts';
import { reasonOf, viewOf } from './helpers.ts';

const host = struct({
  Privileged: boolean,
  Binds: list(string),
  NetworkMode: string,
  Init: pointer(boolean),
});
const create = struct({ Image: string, HostConfig: pointer(host), Labels: map(string) }, [
  'Memory',
]);

describe('a struct', () => {
  it('has the fields of the document, under their own names whatever the case', () => {
    expect(viewOf(create, '{"image":"x","HOSTCONFIG":{"pRIVILEGED":true}}')).toEqual({
      Image: 'x',
      HostConfig: { Privileged: true },
    });
    expect(viewOf(create, '{"\\u0048ostConfig":{"\\u0042inds":["\\/:\\/h"]}}')).toEqual({
      HostConfig: { Binds: ['/:/h'] },
    });
  });

  it('lacks a field that is null, whatever its type', () => {
    expect(viewOf(create, '{"Image":null,"HostConfig":null,"Labels":null}')).toEqual({});
    expect(viewOf(host, '{"Privileged":null,"Binds":null,"Init":null}')).toEqual({});
  });

  it('tells what is empty from what is absent', () => {
    expect(viewOf(host, '{"Binds":[],"Init":false}')).toEqual({ Binds: [], Init: false });
  });

  it.each([
    '{"Privileged":true,"Privileged":false}',
    '{"Privileged":true,"privileged":null}',
    '{"Privileged":null,"\\u0050rivileged":true}',
    '{"binds":[],"BINDS":["/:/h"]}',
    '{"Other":1,"other":2}',
  ])('is refused with a field that comes twice: %s', (text) => {
    expect(reasonOf(host, text)).toContain('holds a field twice');
  });

  it.each(['bindſ', 'Networ\u212aMode', 'Bïnds', '\\u017f', 'Image\u0307', '\u00a0'])(
    'is refused with a field whose name is not ASCII: %s',
    (key) => {
      expect(reasonOf(host, `{"${key}":["/:/h"]}`)).toContain('a field whose name is not ASCII');
    },
  );

  it('lists the fields that it does not have, as they are spelt, and leaves them out', () => {
    const text = JSON.stringify({
      Image: 'x',
      image_: 1,
      'Priv/~': { a: { A: 1, a: 2 } },
      HostConfig: { Priv_ileged: true, Binds: [], New: [{}, [], 'x', -1.5e-9, null, false, true] },
      Labels: { Unknown: 'is a label' },
    });
    const reading = readJson(Buffer.from(text), create);
    expect(reading?.view).toEqual({
      Image: 'x',
      HostConfig: { Binds: [] },
      Labels: { Unknown: 'is a label' },
    });
    expect(reading?.unknownFields).toEqual([
      '/image_',
      '/Priv~1~0',
      '/HostConfig/Priv_ileged',
      '/HostConfig/New',
    ]);
  });

  it.each(['{"x":{"a":1,"a":2}}', '{"x":[{"b":{"a":1,"\\u0061":2}}]}'])(
    'is refused where a field that it does not have holds a key twice: %s',
    (text) => {
      expect(reasonOf(create, text)).toContain('holds a key twice');
    },
  );

  it.each(['{"x":{a:1}}', '{"x":[1,]}', '{"x":"\\ud800"}', '{"x":undefined}', '{"x":{"a"}}'])(
    'is refused where a field that it does not have is no JSON: %s',
    (text) => {
      expect(reasonOf(create, text)).toMatch(/^REQUEST_AMBIGUOUS/);
    },
  );

  it.each(['{"Memory":1}', '{"memory":null}', '{"MEMORY":{}}'])(
    'is refused with a field that only some daemons read: %s',
    (text) => {
      expect(reasonOf(create, text)).toContain('a field that daemons read differently');
    },
  );

  it('takes names of JavaScript for fields that it does not have', () => {
    const reading = readJson(Buffer.from('{"__proto__":{"Privileged":true},"toString":1}'), host);
    expect(reading).toEqual({ view: {}, unknownFields: ['/__proto__', '/toString'] });
    expect(Object.getPrototypeOf(reading?.view)).toBe(Object.prototype);
  });

  it('may know a field that no daemon reads, and does not show it', () => {
    const reading = readJson(
      Buffer.from('{"a":{"b":[1]},"B":"x"}'),
      struct({ A: ignored, B: string }),
    );
    expect(reading).toEqual({ view: { B: 'x' }, unknownFields: [] });
    expect(viewOf(list(ignored), '[null,1]')).toEqual([undefined, undefined]);
  });

  it.each(['[]', '"x"', '1', 'true'])('is not %s', (text) => {
    expect(reasonOf(create, text)).toContain('where an object belongs');
  });
});
