import type { BodyView } from '../../docker-api/body/bodies.ts';
import { HUB, registryHost } from '../image-pattern.ts';
import { fields, free, type Check } from './inspection.ts';
import { checkRegistry } from './images.ts';

/** The host of a server's address: with a scheme or without; empty is Docker Hub. */
export function serverRegistry(address: string): string {
  const rest = address.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/[/?#].*$/s, '');
  // Credentials are no part of the host, and not for a message.
  const host = registryHost(rest.slice(rest.lastIndexOf('@') + 1));
  return ['', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? HUB : host;
}

const loginFields = fields<BodyView<'registry.login'>>({
  username: free,
  password: free,
  auth: free,
  email: free,
  serveraddress: free,
  identitytoken: free,
  registrytoken: free,
});

/** The daemon tries the credentials at the address that the body names. */
export const registryLogin: Check<BodyView<'registry.login'>> = (view, at) => {
  loginFields(view, at);
  checkRegistry(serverRegistry(view.serveraddress ?? ''), { path: 'serveraddress', on: at.on });
};
