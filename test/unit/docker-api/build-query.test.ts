import { describe, expect, it } from 'vitest';
import { readBuildQuery, type BuildQuery } from '../../../src/docker-api/build-query.ts';
import { Query } from '../../../src/docker-api/query.ts';
import { refusalOf } from '../helpers/refusal.ts';

type Parameters = readonly (readonly [key: string, value: string])[];

function read(...parameters: Parameters): BuildQuery {
  const pairs = parameters.map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return readBuildQuery(new Query(pairs.join('&')));
}

describe('a build', () => {
  it('without parameters is a classic one that removes its containers after success', () => {
    expect(readBuildQuery(new Query(''))).toEqual({
      ...{ tags: [], builder: 1, dockerfile: '', remote: '', target: '', networkMode: '' },
      ...{ cgroupParent: '', isolation: '', platform: '', session: '', buildId: '' },
      ...{ extraHosts: [], securityOptions: [], cacheFrom: [], buildArgNames: [] },
      ...{ labels: new Map(), ulimits: [], outputs: [] },
      ...{ memory: 0n, memorySwap: 0n, shmSize: 0n, cpuShares: 0n, cpuPeriod: 0n, cpuQuota: 0n },
      ...{ cpusetCpus: '', cpusetMems: '', pull: false, noCache: false, squash: false },
      ...{ quiet: false, remove: true, forceRemove: false, unknown: [] },
    });
  });

  it('has every parameter of the daemon', () => {
    const build = read(
      ...([
        ['t', 'a:1'],
        ['t', 'b'],
        ['version', '2'],
        ['dockerfile', 'D'],
        ['remote', 'https://example/x.git'],
        ['target', 'stage'],
        ['networkmode', 'host'],
        ['cgroupparent', '/x'],
        ['isolation', 'process'],
        ['platform', 'linux/arm64'],
        ['session', 's1'],
        ['buildid', 'upload-request:7'],
        ['extrahosts', 'a:1'],
        ['extrahosts', 'b:host-gateway'],
        ['securityopt', 'x'],
        ['cachefrom', '["c:1","d"]'],
        ['buildargs', '{"TOKEN":"s3cret","EMPTY":null}'],
        ['labels', '{"l":"v"}'],
        ['ulimits', '[{"Name":"nofile","Hard":2,"Soft":1},{"name":"core","SOFT":-1}]'],
        ['outputs', '[{"Type":"image","Attrs":{"push":"true"}},{}]'],
        ['memory', '1'],
        ['memswap', '-1'],
        ['shmsize', '3'],
        ['cpushares', '4'],
        ['cpuperiod', '5'],
        ['cpuquota', '6'],
        ['cpusetcpus', '0-1'],
        ['cpusetmems', '0'],
        ['pull', 'always'],
        ['nocache', '1'],
        ['squash', 'yes'],
        ['q', '1'],
        ['rm', '0'],
        ['forcerm', '0'],
      ] as const),
    );
    expect(build).toEqual({
      ...{ tags: ['a:1', 'b'], builder: 2, dockerfile: 'D', remote: 'https://example/x.git' },
      ...{ target: 'stage', networkMode: 'host', cgroupParent: '/x', isolation: 'process' },
      ...{ platform: 'linux/arm64', session: 's1', buildId: 'upload-request:7' },
      ...{ extraHosts: ['a:1', 'b:host-gateway'], securityOptions: ['x'], cacheFrom: ['c:1', 'd'] },
      ...{ buildArgNames: ['TOKEN', 'EMPTY'], labels: new Map([['l', 'v']]) },
      ulimits: [
        { name: 'nofile', hard: 2n, soft: 1n },
        { name: 'core', hard: 0n, soft: -1n },
      ],
      outputs: [
        { type: 'image', attributes: new Map([['push', 'true']]) },
        { type: '', attributes: new Map() },
      ],
      ...{ memory: 1n, memorySwap: -1n, shmSize: 3n, cpuShares: 4n, cpuPeriod: 5n, cpuQuota: 6n },
      ...{ cpusetCpus: '0-1', cpusetMems: '0', pull: true, noCache: true, squash: true },
      ...{ quiet: true, remove: false, forceRemove: false, unknown: [] },
    });
  });

  it('names what no daemon reads', () => {
    const build = read(['NetworkMode', 'host'], ['networkmode[]', 'host'], ['entitlements', 'x']);
    expect(build.unknown).toEqual(['NetworkMode', 'networkmode[]', 'entitlements']);
    expect(build.networkMode).toBe('');
  });

  it('is read by the first value of each parameter', () => {
    expect(read(['networkmode', 'none'], ['networkmode', 'host']).networkMode).toBe('none');
  });

  it.each([
    [[['forcerm', '1']], true],
    [[['rm', '']], true],
    [[['rm', 'no']], false],
    [
      [
        ['rm', '0'],
        ['forcerm', '1'],
      ],
      true,
    ],
  ] as [Parameters, boolean][])('with %o removes its containers: %s', (parameters, remove) => {
    expect(read(...parameters).remove).toBe(remove);
  });

  it('reads a number that is none as no limit, as the daemon does', () => {
    expect(read(['memory', '1e9'], ['cpuquota', '99999999999999999999'])).toMatchObject({
      memory: 0n,
      cpuQuota: 0n,
    });
  });

  it.each(['buildargs', 'labels', 'cachefrom', 'ulimits', 'outputs'])(
    'takes %s=null for absent, which is what Go writes for nil',
    (key) => {
      expect(read([key, 'null'])).toEqual(read());
    },
  );

  it('reads a field that is absent or null as empty, as Go does', () => {
    expect(read(['ulimits', '[{},{"Name":null}]']).ulimits).toEqual([
      { name: '', soft: 0n, hard: 0n },
      { name: '', soft: 0n, hard: 0n },
    ]);
    expect(read(['outputs', '[{"Type":null,"Attrs":null}]']).outputs).toEqual([
      { type: '', attributes: new Map() },
    ]);
  });

  it.each([
    ['version', '3'],
    ['version', '1 '],
    ['shmsize', '1g'],
  ])('is refused where the daemon refuses it: %s=%s', (key, value) => {
    expect(refusalOf(() => read([key, value]))).toMatchObject({
      code: 'REQUEST_MALFORMED',
      message: `refused: "${key}" is none that a build takes`,
    });
  });

  it.each([
    ['buildargs', '[]'],
    ['buildargs', '{"A":1}'],
    ['buildargs', '{"A":"1","A":"2"}'],
    ['buildargs', '{'],
    ['labels', '{"a":null}'],
    ['labels', '["a"]'],
    ['cachefrom', '{}'],
    ['cachefrom', '[null]'],
    ['ulimits', '[null]'],
    ['ulimits', '[{"Name":1}]'],
    ['ulimits', '[{"Name":"a","Hard":"1"}]'],
    ['ulimits', '[{"Name":"a","Hard":null}]'],
    ['ulimits', '[{"Name":"a","Hard":1.5}]'],
    ['ulimits', '[{"Name":"a","Hard":9223372036854775808}]'],
    ['ulimits', '[{"Name":"a","name":"b"}]'],
    ['ulimits', '[{"Name":"a","Other":1}]'],
    ['outputs', '{"Type":"image"}'],
    ['outputs', '[{"Type":"image","Attr\u017f":{}}]'],
    ['outputs', '[{"Type":"image","Attrs":{"a":true}}]'],
    ['outputs', '[{"Type":"image","Attrs":["a"]}]'],
  ])('is refused where its JSON might be read in two ways: %s=%s', (key, value) => {
    expect(refusalOf(() => read([key, value]))).toMatchObject({
      code: 'REQUEST_AMBIGUOUS',
      message: `refused: the parameter "${key}" is not JSON of the daemon's form, each key once`,
    });
  });

  it('never tells a value of it in a refusal', () => {
    const error = refusalOf(() => read(['buildargs', '{"TOKEN":"s3cret"']));
    expect(error.message).not.toContain('s3cret');
  });
});
