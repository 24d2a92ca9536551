import { list } from '../json/collections.ts';
import { string } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';
import { strings } from './shared.ts';

/** api/types/plugin Privileges: what the caller accepts, for an installation or an upgrade. */
export const pluginPrivileges = list(struct({ Name: string, Description: string, Value: strings }));

/** `NAME=VALUE` of each setting (daemon/server/router/plugin setPlugin). */
export const pluginSettings = strings;

/** api/types/registry AuthConfig: its names are in lower case. */
export const authConfig = struct({
  username: string,
  password: string,
  auth: string,
  email: string,
  serveraddress: string,
  identitytoken: string,
  registrytoken: string,
});
