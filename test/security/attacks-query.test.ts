import { describe, expect, it } from 'vitest';
import { readBuildQuery } from '../../src/docker-api/build-query.ts';
import { readFilters } from '../../src/docker-api/filters.ts';
import { boolValue } from '../../src/docker-api/form.ts';
import { readOperation } from '../../src/docker-api/operation.ts';
import { useGate } from '../support/gate.ts';
import { answerAll, exchange, expectRefused, head, linesOf } from '../support/security/attack.ts';

const start = useGate();
const operation = (line: string) => readOperation(...(line.split(' ') as [string, string]));

describe('a query that the daemon could read otherwise', () => {
  it.each([
    ...['POST /containers/x/kill?signal=%zz', 'POST /containers/x/kill?signal=%'],
    ...['POST /containers/x/kill?signal=9&x=%4', 'POST /containers/x/attach?stdin=1;logs=1'],
  ])('QRY-001: a bad percent escape is refused: %s', async (line) => {
    await expectRefused(await start(), head(`${line} HTTP/1.1`, 'Host: d', 'Content-Length: 0'));
  });

  it.each([
    ['QRY-004: a form in the body', 'POST /build?networkmode=none', 'networkmode=host'],
    ['QRY-005: a form in the body', 'POST /containers/x/kill?signal=2', 'signal=9'],
    ['QRY-005: a form in the body', 'POST /containers/x/stop?t=10', 't=0'],
    ['QRY-005: a form in the body', 'POST /containers/x/rename?name=ok', 'name=evil'],
    ['QRY-005: a form in the body', 'POST /images/x/tag?repo=ok', 'repo=evil'],
    ['QRY-005: a form in the body', 'POST /images/create?fromImage=ok', 'fromImage=evil'],
    ['QRY-005: a form in the body', 'POST /images/prune', 'filters={}'],
    ['QRY-006: a form in the body', 'PUT /containers/x/archive?path=/tmp', 'path=/etc'],
  ])('%s of %s is refused', async (_, line, form) => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8',
    ]) {
      const lines = ['Host: d', `Content-Type: ${type}`, `Content-Length: ${form.length}`];
      await expectRefused(await start(), head(`${line} HTTP/1.1`, ...lines) + form);
    }
  });

  it('QRY-007: a multipart body of a build is refused', async () => {
    const form =
      '--x\r\nContent-Disposition: form-data; name="remote"\r\n\r\nhttp://h\r\n--x--\r\n';
    const lines = [
      ...['Host: d', 'Content-Type: multipart/form-data; boundary=x'],
      `Content-Length: ${form.length}`,
    ];
    await expectRefused(await start(), head('POST /build HTTP/1.1', ...lines) + form);
  });

  it.each(['{"label":{"a":true},"label":{}}', '{"label":{"a":true,"a":false}}'])(
    'QRY-008: filters with a key twice are refused: %s',
    (filters) => {
      const { query } = operation(`GET /containers/json?filters=${encodeURIComponent(filters)}`);
      expect(() => readFilters(query)).toThrow('refused: "filters"');
    },
  );
});

describe('a query that means the same to both', () => {
  it('QRY-002: an encoded key is decoded, and goes up as it came', async () => {
    const line = 'POST /containers/x/kill?%73ignal=9';
    expect(operation(line).query.first('signal')).toBe('9');
    const gate = await start();
    answerAll(gate);
    const { client } = await exchange(
      gate,
      head(`${line} HTTP/1.1`, 'Host: d', 'Content-Length: 0'),
    );
    expect(gate.daemon.calls.all.map(({ target }) => `POST ${target}`)).toEqual([line]);
    expect(linesOf(gate, client)[0]).toMatchObject({ query: { signal: '9' } });
  });

  it.each([
    ...['yes', 'on', '2', 'TRUE', 'true%20'].map((text) => [text, true] as const),
    ...['', '0', 'FALSE', 'no', 'none', '%20', '%20No%09'].map((text) => [text, false] as const),
  ])('QRY-003: force=%s means %s', (text, means) => {
    const { query } = operation(`DELETE /containers/x?force=${text}`);
    expect(boolValue(query, 'force')).toBe(means);
  });

  it.each(['{"label":{"a":false}}', '{"label":{"a":true}}', '{"label":["a"]}'])(
    'QRY-008: filters of both shapes are read, and their booleans ignored: %s',
    (filters) => {
      const { query } = operation(`GET /containers/json?filters=${encodeURIComponent(filters)}`);
      expect(readFilters(query)).toEqual(new Map([['label', new Set(['a'])]]));
    },
  );

  it('QRY-009: secrets in a query go up, and no log shows them', async () => {
    const gate = await start();
    answerAll(gate);
    const args = encodeURIComponent('{"TOKEN":"s3cret"}');
    await exchange(
      gate,
      head(`POST /build?buildargs=${args} HTTP/1.1`, 'Host: d', 'Content-Length: 0'),
    );
    expect(gate.daemon.calls.all[0]?.target).toContain('s3cret');
    expect(readBuildQuery(operation(`POST /build?buildargs=${args}`).query).buildArgNames).toEqual([
      'TOKEN',
    ]);
    expect(gate.audit.text).toContain('"buildargs":"***"');
    expect(gate.audit.text + gate.log.text).not.toContain('s3cret');
  });

  it.each([
    'POST /containers/x/start?checkpoint=c&checkpoint-dir=/etc',
    'POST /containers/x/start?checkpoint-dir=/etc',
    'GET /containers/x/checkpoints?dir=/',
    'DELETE /containers/x/checkpoints/c?dir=/etc',
  ])('QRY-010: a path of the host is in the class of those who have it anyway: %s', (line) => {
    expect(operation(line).effect).toBe('host-admin');
  });
});
