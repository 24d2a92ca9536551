import { readBuildQuery } from '../../docker-api/build-query.ts';
import type { Operation } from '../../docker-api/operation.ts';
import { bounded, name, named, settings, text, texts, type Detail } from './values.ts';

/** What method, path and query tell of a call, beyond its target. @returns undefined where it is nothing. */
export function describeQuery(operation: Operation): Detail | undefined {
  switch (operation.action) {
    case 'image.pull':
    case 'image.push':
    case 'image.import':
      return { image: name(operation.subject.names[0]) };
    case 'image.tag':
    case 'image.commit':
      return { image: name(taggedAs(operation)) };
    case 'image.build':
      return build(operation);
    case 'container.archive_get':
    case 'container.archive_put':
    case 'container.archive_stat':
      return { path: name(operation.query.first('path') ?? '') };
    default:
      return undefined;
  }
}

function taggedAs({ query }: Operation): string {
  const tag = query.first('tag') ?? '';
  return (query.first('repo') ?? '') + (tag === '' ? '' : `:${tag}`);
}

/** Build arguments by their names; what only the daemon can make sense of is not described. */
function build({ query }: Operation): Detail | undefined {
  try {
    const asked = readBuildQuery(query);
    return {
      image: name(asked.tags[0]),
      tags: asked.tags.length > 1 ? named(asked.tags) : undefined,
      builder: asked.builder === 2 ? 'buildkit' : 'classic',
      dockerfile: name(asked.dockerfile),
      remote: text(asked.remote),
      network_mode: name(asked.networkMode),
      build_args: settings(asked.buildArgNames),
      security_opt: texts(asked.securityOptions),
      outputs: bounded(asked.outputs, ({ type }) => name(type)),
    };
  } catch {
    return undefined;
  }
}
