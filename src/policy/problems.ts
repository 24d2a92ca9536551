import { z } from 'zod';
import { guess } from '../nearest.ts';
import { policySchema } from './schema.ts';

export type Path = readonly PropertyKey[];
export type Problem = readonly [path: Path, message: string];

/** What the schema has against a policy, in words, each at the name or value that it is about. */
export function problemsOfIssue(issue: z.core.$ZodIssue): readonly Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => [[...path, key], noSuchSetting(key, path)]);
  }
  const where = path.length === 0 ? 'the policy' : path.map(String).join('.');
  return [[path, `${where}: ${inWords(issue)}`]];
}

function noSuchSetting(key: string, path: Path): string {
  if (key === '<<') return 'merge keys ("<<") are not followed: write out what they stand for';
  const names = namesAt(path);
  const near = guess(key, names);
  const all = near === '' && names.length <= MOST_NAMES ? `; there are ${names.join(', ')}` : near;
  return `no such setting: ${JSON.stringify(key)}${all}`;
}

/** More names than these tell nobody which is meant. */
const MOST_NAMES = 10;

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema;
}

/** The settings that there are at a place in the file. */
function namesAt(path: Path): readonly string[] {
  const whole = z.toJSONSchema(policySchema, { unrepresentable: 'any' }) as JsonSchema;
  const at = path.reduce<JsonSchema | undefined>(stepInto, whole);
  return Object.keys({ ...at?.properties });
}

function stepInto(schema: JsonSchema | undefined, step: PropertyKey): JsonSchema | undefined {
  if (typeof step === 'number') return schema?.items;
  return { ...schema?.properties }[String(step)] ?? schema?.additionalProperties;
}

function inWords(issue: z.core.$ZodIssue): string {
  // Words of our own say more than the kind of the issue.
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  if (issue.code === 'invalid_type') {
    const expected = EXPECTED[issue.expected as keyof typeof EXPECTED];
    return `${expected} is expected${received(issue.message, issue.expected)}`;
  }
  if (issue.code !== 'invalid_value') return 'letters, digits, ".", "_" and "-" make a name';
  const values = issue.values.map((value) => JSON.stringify(value)).join(', ');
  return `expected one of ${values}`;
}

/** Every type that the schema asks for. */
const EXPECTED = {
  array: 'a list ("- …" or "[…]")',
  object: 'a map ("name: value")',
  record: 'a map ("name: value")',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
} as const;

/** The library says it at the end of its own words alone. */
function received(message: string, expected: string): string {
  const type = message.replace(/^.*received /s, '');
  if (type === 'undefined') return ', and there is none';
  if (type === 'null') return ', and nothing stands there';
  if (expected === 'int') return '';
  const quotes = expected === 'string' && /^(?:number|boolean)$/.test(type);
  return `, not ${RECEIVED[type as keyof typeof RECEIVED]}${quotes ? ': put it in quotes' : ''}`;
}

/** Every type that YAML has. */
const RECEIVED = {
  array: 'a list',
  object: 'a map',
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
} as const;
