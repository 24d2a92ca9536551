/**
 * The API version in a path. Undefined stands for none, which the daemon reads as its newest.
 *
 * The version changes what a request means, so whoever judges a request has to keep it. Known
 * turns (moby daemon/server/router/* and daemon/server/middleware/version.go):
 *
 * - below 1.24: errors are plain text; the daemon may be told to serve down to this version
 * - below 1.25: `images/json?filter=` selects by reference
 * - below 1.30: wait has no condition and sends its head at the end; services ask the registry
 * - below 1.32: `platform` of pull and build is ignored
 * - below 1.40: `IpcMode` defaults to shareable, `PidsLimit` of update is ignored, so are `outputs`
 * - below 1.41: `CgroupnsMode` defaults to host on cgroup v1
 * - below 1.42: prune takes every unused volume, not only anonymous ones; attach over a websocket
 *   has all three streams whatever it asks for; `CreateMountpoint` and cluster volumes are ignored;
 *   stop and restart ignore `signal`
 * - below 1.44: read-only binds leave their submounts writable; one network at create
 * - below 1.46: annotations are left out of lists; `platform` of push is ignored
 * - below 1.48: `platform` of save and load is ignored
 * - below 1.52: a second, lenient reading of a create body takes its top-level `MacAddress`
 */
export interface ApiVersion {
  readonly major: number;
  readonly minor: number;
}

/** @param text `1.41`, in the canonical form that {@link parseTarget} lets through. */
export function readVersion(text: string): ApiVersion {
  const dot = text.indexOf('.');
  return { major: Number(text.slice(0, dot)), minor: Number(text.slice(dot + 1)) };
}

/** Whether `version` is older than `major.minor`; none is the newest, and older than nothing. */
export function isBefore(version: ApiVersion | undefined, major: number, minor: number): boolean {
  if (version === undefined) return false;
  return version.major < major || (version.major === major && version.minor < minor);
}
