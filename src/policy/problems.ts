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
  readonly additionalProperties?: JsonSchema | boolean;
}

/** The settings that there are at a place in the file. */
function namesAt(path: Path): readonly string[] {
  let schema: JsonSchema | undefined = z.toJSONSchema(policySchema, {
    unrepresentable: 'any',
  }) as JsonSchema;
  for (const step of path) {
    const { properties, items, additionalProperties }: JsonSchema = schema ?? {};
    if (typeof step === 'number') schema = items;
    else {
      const values = typeof additionalProperties === 'object' ? additionalProperties : undefined;
      schema = properties?.[String(step)] ?? values;
    }
  }
  return Object.keys(schema?.properties ?? {});
}

function inWords(issue: z.core.$ZodIssue): string {
  // Words of our own say more than the kind of the issue.
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `${EXPECTED[issue.expected] ?? issue.expected} is expected, ${received(issue.message)}`;
    case 'invalid_value':
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_key':
      return 'letters, digits, ".", "_" and "-" make a name';
    default:
      return issue.message;
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  array: 'a list ("- …" or "[…]")',
  object: 'a map ("name: value")',
  record: 'a map ("name: value")',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** The library says it at the end of its own words alone. */
function received(message: string): string {
  const type = /received (\w+)$/.exec(message)?.[1] ?? '';
  if (type === 'undefined') return 'and there is none';
  if (type === 'null') return 'and nothing stands there';
  return `not ${RECEIVED[type] ?? type}`;
}

const RECEIVED: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map',
  string: 'text',
  number: 'a number (put it in quotes)',
  boolean: 'true or false (put it in quotes)',
};
