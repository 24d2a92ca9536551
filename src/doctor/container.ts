/**
 * True in a container: paths, groups and names are the container's own there, and advice has to say so. Known by the
 * variable `container`, which our image sets, and Podman and systemd-nspawn for every container of theirs
 * (systemd's Container Interface).
 */
export function inContainer(env: NodeJS.ProcessEnv = process.env): boolean {
  return (env['container'] ?? '') !== '';
}
