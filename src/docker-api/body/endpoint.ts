import { map, pointer } from '../json/collections.ts';
import { int64, string } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';
import { stringMap, strings } from './shared.ts';

/** api/types/network/endpoint.go EndpointSettings. */
export const endpointSettings = pointer(
  struct({
    IPAMConfig: pointer(
      struct({ IPv4Address: string, IPv6Address: string, LinkLocalIPs: strings }),
    ),
    Links: strings,
    Aliases: strings,
    MacAddress: string,
    DriverOpts: stringMap,
    GwPriority: int64,
    NetworkID: string,
    EndpointID: string,
    Gateway: string,
    IPAddress: string,
    IPPrefixLen: int64,
    IPv6Gateway: string,
    GlobalIPv6Address: string,
    GlobalIPv6PrefixLen: int64,
    DNSNames: strings,
  }),
);

/** api/types/network NetworkingConfig: the keys are names or ids of networks. */
export const networkingConfig = pointer(struct({ EndpointsConfig: map(endpointSettings) }));
