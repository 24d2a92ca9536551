import { list, pointer } from '../json/collections.ts';
import { boolean, string } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';
import { endpointSettings } from './endpoint.ts';
import { optionalBoolean, stringMap } from './shared.ts';

/** api/types/network CreateRequest; `CheckDuplicate` until API 1.44. */
export const networkCreate = struct({
  Name: string,
  CheckDuplicate: boolean,
  Driver: string,
  Scope: string,
  EnableIPv4: optionalBoolean,
  EnableIPv6: optionalBoolean,
  IPAM: pointer(
    struct({
      Driver: string,
      Options: stringMap,
      Config: list(
        struct({
          Subnet: string,
          IPRange: string,
          Gateway: string,
          AuxiliaryAddresses: stringMap,
        }),
      ),
    }),
  ),
  Internal: boolean,
  Attachable: boolean,
  Ingress: boolean,
  ConfigOnly: boolean,
  ConfigFrom: pointer(struct({ Network: string })),
  Options: stringMap,
  Labels: stringMap,
});

/** api/types/network ConnectRequest. */
export const networkConnect = struct({ Container: string, EndpointConfig: endpointSettings });

/** api/types/network DisconnectRequest. */
export const networkDisconnect = struct({ Container: string, Force: boolean });
