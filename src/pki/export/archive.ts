/** Archives: a user's files for DOCKER_CERT_PATH, and a context as `docker context import` takes it. */
import { createTar } from 'nanotar';
import type { Address } from './address.ts';
import { requireKey, type Material } from './material.ts';

interface Member {
  readonly name: string;
  readonly data: string;
}

/** A tar of NAME/ with ca.pem, cert.pem and, where it is here, key.pem. */
export function directoryTar({ name, files }: Material): Buffer {
  const key = files.key === undefined ? [] : [{ name: `${name}/key.pem`, data: files.key }];
  return tar([
    { name: `${name}/ca.pem`, data: files.ca },
    { name: `${name}/cert.pem`, data: files.cert },
    ...key,
  ]);
}

/**
 * What `docker context export` would have written (docker/cli, cli/context/store): `meta.json` and
 * `tls/docker/`, nothing else. The name inside gives way to the one that the importer chooses.
 */
export function contextTar(material: Material, { url }: Address): Buffer {
  const { name, files } = material;
  const { pem } = requireKey(material, 'context');
  const meta = {
    Name: `dockgate-${name}`,
    Metadata: { Description: `${name} at ${url}` },
    Endpoints: { docker: { Host: url, SkipTLSVerify: false } },
  };
  return tar([
    { name: 'meta.json', data: JSON.stringify(meta) },
    { name: 'tls/docker/ca.pem', data: files.ca },
    { name: 'tls/docker/cert.pem', data: files.cert },
    { name: 'tls/docker/key.pem', data: pem },
  ]);
}

function tar(members: readonly Member[]): Buffer {
  const attrs = { mode: '600', uid: 0, gid: 0, user: '', group: '', mtime: Date.now() };
  return Buffer.from(createTar(members.map(({ name, data }) => ({ name, data, attrs }))));
}
