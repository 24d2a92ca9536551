import type { Element } from '../json/type.ts';
import * as container from './container.ts';
import * as network from './network.ts';
import * as other from './other.ts';
import { serviceSpec } from './service.ts';
import * as swarm from './swarm.ts';
import * as volume from './volume.ts';

/** The bodies that are read, by action, in the shape in which the newest daemons take them. */
export const BODIES = {
  'checkpoint.create': container.checkpointCreate,
  'container.create': container.legacyContainerCreate,
  'container.start': container.containerStart,
  'container.update': container.containerUpdate,
  'exec.create': container.execCreate,
  'exec.start': container.execStart,
  'image.commit': container.imageCommit,
  'registry.login': other.authConfig,
  'volume.create': volume.volumeCreate,
  'volume.update': volume.volumeUpdate,
  'swarm.init': swarm.swarmInit,
  'swarm.join': swarm.swarmJoin,
  'swarm.update': swarm.swarmSpec,
  'swarm.unlock': swarm.swarmUnlock,
  'service.create': serviceSpec,
  'service.update': serviceSpec,
  'node.update': swarm.nodeUpdate,
  'secret.create': swarm.secretSpec,
  'secret.update': swarm.secretSpec,
  'config.create': swarm.configSpec,
  'config.update': swarm.configSpec,
  'plugin.install': other.pluginPrivileges,
  'plugin.upgrade': other.pluginPrivileges,
  'plugin.set': other.pluginSettings,
  'network.create': network.networkCreate,
  'network.connect': network.networkConnect,
  'network.disconnect': network.networkDisconnect,
} as const;

/** An action whose body is read. */
export type BodyAction = keyof typeof BODIES;

/** What the body of an action says; fields that are absent have Go's zero value. */
export type BodyView<A extends BodyAction> = Element<(typeof BODIES)[A]>;

/** True for the actions whose body can be read. */
export function isBodyAction(action: string): action is BodyAction {
  return Object.hasOwn(BODIES, action);
}
