import { boolValue } from '../../docker-api/form.ts';
import { readBuildQuery } from '../../docker-api/build-query.ts';
import { repoTagReference } from '../../docker-api/image-reference.ts';
import type { Action } from '../../docker-api/effects.ts';
import type { Operation } from '../../docker-api/operation.ts';
import type { Query } from '../../docker-api/query.ts';
import { readImageName, registryOf } from '../image-pattern.ts';
import { checkChange } from './changes.ts';
import { feature, keysListed, listed, quoted } from './common.ts';
import { checkImageName, checkRegistry, checkTagged } from './images.ts';
import { each, never, report, unknownField, type At, type Inspection } from './inspection.ts';
import { bare } from '../objects.ts';
import { joinedBy } from './joins.ts';
import { checkNetwork, extraHosts, networkMode } from './networks.ts';
import { serverRegistry } from './registry.ts';

type QueryCheck = (operation: Operation, on: Inspection) => void;

/** What stands in path and query, for the actions where that is more than a choice of output. */
export const QUERY_CHECKS: Partial<Record<Action, QueryCheck>> = {
  'image.build': checkBuild,
  'image.pull': (operation, on) => {
    for (const name of operation.subject.names) checkImageName(name, { path: 'fromImage', on });
  },
  'image.push': (operation, on) => {
    for (const name of operation.subject.names) checkPush(name, { path: 'name', on });
  },
  'image.import': ({ query }, on) => {
    const source = query.first('fromSrc') ?? '';
    // "-" is the body; anything else is a URL that the daemon fetches.
    if (source !== '-') checkUrl('import-sources', source, { path: 'fromSrc', on });
    for (const change of query.all('changes')) checkChange(change, { path: 'changes', on });
    checkTarget(target(query), { path: 'repo', on });
  },
  'image.load': (_, on) => {
    if (on.constraints.images === undefined) return;
    const what = 'an archive may bring any image, under any name';
    report({ path: 'the body', on }, what, 'a role without "constraints: images"');
  },
  'image.search': ({ query }, on) => {
    checkRegistry(searchedRegistry(query.first('term') ?? ''), { path: 'term', on });
  },
  'distribution.inspect': (operation, on) => {
    for (const name of operation.subject.names) checkPush(name, { path: 'name', on });
  },
  'plugin.privileges': ({ query }, on) => {
    checkPush(query.first('remote') ?? '', { path: 'remote', on });
  },
  'plugin.push': (operation, on) => {
    for (const name of operation.subject.names) checkPush(name, { path: 'name', on });
  },
  'image.commit': ({ query }, on) => {
    for (const change of query.all('changes')) checkChange(change, { path: 'changes', on });
    checkTarget(target(query), { path: 'repo', on });
  },
  'image.tag': ({ query, subject }, on) => {
    // Under its new name it may be run.
    for (const name of subject.names) checkTagged(name, { path: 'name', on });
    checkTarget(target(query), { path: 'repo', on });
  },
  'network.connect': (operation, on) => {
    for (const ref of operation.subject.names) checkNetwork(ref, { path: 'network', on });
  },
  'container.attach': ({ query }, on) => {
    if (boolValue(query, 'stdin')) checkStdin({ path: 'stdin', on });
  },
  // Older versions attach to all three, whatever the query says.
  'container.attach_ws': (_, on) => {
    checkStdin({ path: 'stdin', on });
  },
  'container.top': ({ query }, on) => {
    const text = query.first('ps_args') ?? '';
    // ps runs on the host, and shows environments to who asks for them.
    listed('ps-args')(text, { path: 'ps_args', on });
  },
  'service.update': ({ query }, on) => {
    // An earlier specification is applied again, whatever the body says.
    feature('rollback')(query.first('rollback') ?? '', { path: 'rollback', on });
  },
};

/** What a container reads is a command to it; what it writes is in its logs too. */
function checkStdin(at: At): void {
  if (at.on.constraints.settings.stdin !== false) return;
  report(
    at,
    'its standard input may not be attached',
    'a role without "constraints: stdin: false"',
  );
}

/** What the daemon fetches. An address may hold credentials, so it is in no message. */
function checkUrl(list: 'import-sources' | 'build-contexts', url: string, at: At): void {
  if (at.on.constraints.permits(list, url)) return;
  report(at, 'what the daemon would fetch is not allowed', `"constraints: ${list}" with its URL`);
}

/** What a commit, import or tag calls the image. */
function target(query: Query): string | undefined {
  return repoTagReference(query.first('repo') ?? '', query.first('tag') ?? '');
}

/** A name under which an image will be run is judged as if it were to be run. */
function checkTarget(reference: string | undefined, at: At): void {
  if (reference !== undefined) checkImageName(reference, at);
}

/** Only where it goes counts. */
function checkPush(reference: string, at: At): void {
  if (at.on.constraints.registries === undefined) return;
  const name = readImageName(reference);
  if (name === undefined) report(at, `${quoted(reference)} is no name of an image`, 'such a name');
  else checkRegistry(registryOf(name), at);
}

/** `registry.example/term` asks that registry (moby registry splitReposSearchTerm). */
function searchedRegistry(term: string): string {
  const slash = term.indexOf('/');
  return slash < 0 ? serverRegistry('') : serverRegistryOf(term.slice(0, slash));
}

function serverRegistryOf(first: string): string {
  return /[.:]/.test(first) || first === 'localhost' ? serverRegistry(first) : serverRegistry('');
}

/**
 * What stands in the query goes up as it is: only an id means the same container a moment later, and
 * only an id or a name that could be none the same network.
 */
function checkWholeId(mode: string, at: At): void {
  const joined = joinedBy(mode);
  if (joined === undefined && !/^[0-9a-f]+$/.test(mode)) return;
  const kind = joined === undefined ? 'network' : 'container';
  const ref = bare(joined ?? mode);
  if (at.on.factsOf({ kind, ref })?.id === ref) return;
  report(at, `the ${kind} ${quoted(ref)} could be another one when the build runs`, 'its whole id');
}

/** Parameters of a build. What its instructions do is no part of the API: docs/policy.md. */
function checkBuild({ query, subject }: Operation, on: Inspection): void {
  const build = readBuildQuery(query);
  const at = (path: string): At => ({ path, on });
  for (const name of build.unknown) unknownField(at(name));
  networkMode(build.networkMode, at('networkmode'));
  checkWholeId(build.networkMode, at('networkmode'));
  if (!['', 'client-session'].includes(build.remote)) {
    checkUrl('build-contexts', build.remote, at('remote'));
  }
  if (build.buildId.startsWith('upload-request:')) {
    report(at('buildid'), 'it hands a context to the build of somebody else', 'another id');
  }
  listed('cgroup-parents')(build.cgroupParent, at('cgroupparent'));
  for (const option of build.securityOptions) never(option, at('securityopt'));
  extraHosts(build.extraHosts, at('extrahosts'));
  keysListed('labels')(Object.fromEntries(build.labels), at('labels'));
  each(({ name }: { readonly name: string }, here) => {
    listed('ulimits')(name, here);
  })(build.ulimits, at('ulimits'));
  for (const { attributes, type } of build.outputs) {
    const isPlain = type === 'moby' && [...attributes.keys()].every((name) => name === 'name');
    if (!isPlain) feature('build-outputs')(true, at('outputs'));
  }
  for (const reference of build.cacheFrom) checkPush(reference, at('cachefrom'));
  for (const name of subject.names) checkTarget(repoTagReference(name, ''), at('t'));
}
