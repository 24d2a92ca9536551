import { inConstraints, quoted } from './common.ts';
import { report, type At, type Check } from './inspection.ts';
import { boundPorts, covers, type PortRange } from './port-range.ts';

interface Binding {
  readonly HostIp?: string;
  readonly HostPort?: string;
}

/**
 * HostConfig.PortBindings. A port without a binding is published all the same, on every address and
 * some port (moby handlePortBindingsBC).
 */
export const portBindings: Check<Readonly<Record<string, readonly Binding[] | null>>> = (
  map,
  { path, on },
) => {
  for (const [port, bindings] of Object.entries(map)) {
    const at: At = { path: `${path}[${quoted(port)}]`, on };
    const listedBindings = bindings === null || bindings.length === 0 ? [{}] : bindings;
    for (const binding of listedBindings) checkBinding(binding, at);
  }
};

function checkBinding({ HostIp = '', HostPort = '' }: Binding, at: At): void {
  const asked = boundPorts(HostIp, HostPort);
  if (asked === undefined) {
    const what = `${quoted(`${HostIp}:${HostPort}`)} is no address and port`;
    report(at, what, 'such a pair');
    return;
  }
  checkPorts(asked, at);
}

export function checkPorts(asked: PortRange, at: At): void {
  if (at.on.constraints.ports.some((allowed) => covers(allowed, asked))) return;
  const text = shown(asked);
  report(at, `publishing ${text} is not allowed`, inConstraints('ports', text));
}

function shown({ address, first, last }: PortRange): string {
  const range = first === last ? String(first) : `${first}-${last}`;
  if (address === undefined) return range;
  return address.includes(':') ? `[${address}]:${range}` : `${address}:${range}`;
}
