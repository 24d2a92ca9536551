import { readJson } from '../../../../src/docker-api/json/read.ts';
import type { Type } from '../../../../src/docker-api/json/type.ts';
import { refusalOf } from '../../helpers/refusal.ts';

/** What a document decodes to as that type. */
export function viewOf<V, Z>(type: Type<V, Z>, text: string | Uint8Array): V | Z | undefined {
  return readJson(Buffer.from(text), type)?.view;
}

/** Why a document is refused as that type. */
export function reasonOf(type: Type<unknown, unknown>, text: string | Uint8Array): string {
  const { code, message } = refusalOf(() => readJson(Buffer.from(text), type));
  return `${code}: ${message}`;
}
