import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBuildQuery } from '../../../../src/docker-api/build-query.ts';
import { isBodyAction } from '../../../../src/docker-api/body/bodies.ts';
import { readBody } from '../../../../src/docker-api/body/read-body.ts';
import { Query } from '../../../../src/docker-api/query.ts';

interface Row {
  readonly action: string;
  /** `HostConfig.Mounts[].Type`: `[]` is a list, `{}` a map. */
  readonly path: string;
}

const FILE = new URL('../../../vectors/dangerous-fields.json', import.meta.url);
const { rows } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly rows: readonly Row[] };

/** A document with nothing but that field, which is null. */
function documentOf(path: string): unknown {
  const steps = path.match(/\[\]|\{\}|[^.[\]{}]+/g) ?? [];
  return steps.reduceRight<unknown>(
    (inner, step) => (step === '[]' ? [inner] : { [step === '{}' ? 'key' : step]: inner }),
    null,
  );
}

/** The fields of a document that its action's view does not have. */
function unknownIn({ action, path }: Row): readonly string[] {
  if (!isBodyAction(action)) throw new Error(`no such body: ${action}`);
  const bytes = Buffer.from(JSON.stringify(documentOf(path)));
  return readBody(action, { major: 1, minor: 51 }, bytes).unknownFields;
}

describe('the view of a body', () => {
  it.each(rows.map((row) => [row.action, row.path, row] as const))('of %s has %s', (_, __, row) => {
    expect(unknownIn(row)).toEqual([]);
  });

  it.each([
    { action: 'container.create', path: 'HostConfig.Mounts[].Typo' },
    { action: 'container.create', path: 'NetworkingConfig.EndpointsConfig{}.Typo' },
    { action: 'service.create', path: 'TaskTemplate.Typo' },
    { action: 'plugin.install', path: '[].Typo' },
  ])('would say so of $action if it had not $path', (row) => {
    expect(unknownIn(row)).toHaveLength(1);
  });
});

it('the parameters of a build by which it reaches further are all known', () => {
  const names =
    `networkmode remote session buildid extrahosts cgroupparent securityopt outputs version
    buildargs labels cachefrom ulimits t dockerfile target pull nocache squash shmsize memory memswap
    cpushares cpuperiod cpuquota cpusetcpus cpusetmems platform isolation q rm forcerm`.split(
      /\s+/,
    );
  const query = new Query(names.map((name) => `${name}=`).join('&'));
  expect(readBuildQuery(query).unknown).toEqual([]);
  expect(readBuildQuery(new Query('networkMode=host')).unknown).toEqual(['networkMode']);
});
