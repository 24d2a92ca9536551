import type { RoleSettings, RuleSettings } from './schema.ts';

/** Roles that every policy has, to give to users as they are or to inherit from. */

const grant = (...actions: readonly string[]): RuleSettings => ({ actions: [...actions] });

function preset(
  description: string,
  allow: readonly RuleSettings[],
  more: Partial<RoleSettings> = {},
): RoleSettings {
  return { description, mode: 'enforce', allow: [...allow], deny: [], ...more };
}

/** What every client asks before anything else. */
const GREETING = grant('meta', 'system.version', 'system.info');

/** Names, states, sizes. No environment, no output, no file. */
const LOOKING_AROUND = grant('read', 'container.list', 'container.wait');

/** The commands of a restart. */
const LIFECYCLE = grant(
  'container.start',
  'container.stop',
  'container.restart',
  'container.kill',
  'container.pause',
  'container.unpause',
  'container.resize',
);

/** The docker CLI looks at a container before it asks for its logs: they may be those of a terminal. */
const LOGS = grant('container.logs', 'container.inspect');

/** The builders, classic and BuildKit. */
const BUILDS = grant('image.build', 'build.cancel', 'buildkit.session', 'buildkit.grpc');

export const PRESETS: Readonly<Record<string, RoleSettings>> = {
  admin: preset('Everything, as without a gate.', [grant('*')], { unconstrained: true }),
  viewer: preset('Looks around, without what may hold secrets.', [GREETING, LOOKING_AROUND]),
  'log-reader': preset('Looks around, inspects containers and reads their logs.', [
    GREETING,
    LOOKING_AROUND,
    LOGS,
  ]),
  operator: preset('Starts, stops and restarts what is there, and reads logs.', [
    GREETING,
    LOOKING_AROUND,
    LOGS,
    LIFECYCLE,
  ]),
  deployer: preset(
    'Runs plain containers: no path of the host, no device, no namespace of others.',
    [
      GREETING,
      LOOKING_AROUND,
      LOGS,
      LIFECYCLE,
      // No exec, and of an attach the output only: else it would act in whatever containers others have.
      grant('container.create', 'container.attach', 'container.remove', 'container.top'),
      grant('image.pull', 'image.inspect', 'image.history', 'distribution.inspect'),
      grant('network.create', 'network.connect', 'network.disconnect', 'network.remove'),
      grant('volume.create', 'volume.list', 'volume.inspect', 'volume.remove'),
      grant('system.events'),
    ],
    {
      constraints: {
        networks: ['*'],
        ports: ['1024-65535'],
        features: ['aliases', 'dns', 'extra-hosts', 'restart', 'auto-remove'],
        stdin: false,
      },
    },
  ),
  'ci-builder': preset(
    'Builds images, and pushes and pulls them. Builds are a coarse permission.',
    [
      GREETING,
      BUILDS,
      grant('image.list', 'image.inspect', 'image.history', 'image.tag', 'image.pull'),
      grant('image.push', 'registry.login', 'distribution.inspect'),
    ],
  ),
  monitor: preset('What exporters, cAdvisor and dashboards read.', [
    GREETING,
    LOOKING_AROUND,
    grant('container.inspect', 'container.stats', 'container.top', 'system.events', 'system.df'),
    grant('image.inspect', 'image.history', 'volume.list', 'volume.inspect'),
    grant('service.list', 'task.list', 'node.list', 'service.inspect', 'task.inspect'),
    grant('gate.metrics'),
  ]),
};

/** The one role that may do what is not understood. */
export const ADMIN = 'admin';
