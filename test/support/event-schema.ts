import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';

interface Schema {
  readonly oneOf: readonly { readonly title: string }[];
  readonly $defs: Readonly<Record<string, unknown>>;
}

const schema = JSON.parse(
  readFileSync(new URL('../../docs/audit-event.schema.json', import.meta.url), 'utf8'),
) as Schema;

/** Every event that docs/audit-event.schema.json knows. */
export const EVENTS: readonly string[] = schema.oneOf.map(({ title }) => title);

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true });
/** One for each event, so that a failure says what is wrong and not that nothing fits. */
const validators = new Map<string, ValidateFunction>(
  schema.oneOf.map((event) => [event.title, ajv.compile({ ...event, $defs: schema.$defs })]),
);

/** @throws where a line of the trail is not as the schema says; the message says why, and shows the line. */
export function expectValidEvent(line: Readonly<Record<string, unknown>>): void {
  const validate = validators.get(String(line['event']));
  if (validate === undefined)
    throw new Error(`no such event in the schema: ${JSON.stringify(line)}`);
  if (validate(line)) return;
  const why = (validate.errors ?? []).map(
    ({ instancePath, message, params }: ErrorObject) =>
      `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
  );
  throw new Error(`${why.join('; ')}\n${JSON.stringify(line)}`);
}
