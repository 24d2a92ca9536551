/**
 * A port as a newer daemon normalises it where it is the key of a map: `80`, `080/tcp` and
 * `80/TCP` are one port (moby api/types/network/port.go ParsePort), and for an older daemon three.
 */
export function samePort(key: string): string {
  const slash = key.indexOf('/');
  const number = slash < 0 ? key : key.slice(0, slash);
  const protocol = slash < 0 ? '' : key.slice(slash + 1).toLowerCase();
  return `${number.replace(/^0+(?=.)/, '')}/${protocol === '' ? 'tcp' : protocol}`;
}
