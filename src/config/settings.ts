/** Every setting of `serve`, read off the schema, for whoever shows them or takes them in. */
import type { z } from 'zod';
import { settingsSchema, type SettingName } from './schema.ts';

/** Of a setting, what text cannot tell by itself. */
export type Kind = 'text' | 'number' | 'boolean' | 'list' | 'choice';

export interface Setting {
  readonly name: SettingName;
  readonly kind: Kind;
  readonly description: string;
  /** Its name in the environment. */
  readonly variable: string;
  /** The one-letter flag. */
  readonly alias: string | undefined;
  /** Where there are not many. */
  readonly choices: readonly string[] | undefined;
  /** As a person would write it; undefined: there is none. */
  readonly defaultValue: unknown;
  /** The default in words, where it depends on others. */
  readonly defaultDescription: string | undefined;
}

const KINDS: Readonly<Record<string, Kind>> = {
  array: 'list',
  boolean: 'boolean',
  number: 'number',
  enum: 'choice',
};

export const PREFIX = 'DOCKGATE_';

/** `docker-host` → `DOCKGATE_DOCKER_HOST`. */
export function variableOf(name: string): string {
  return PREFIX + name.toUpperCase().replaceAll('-', '_');
}

export const SETTINGS: readonly Setting[] = Object.entries(settingsSchema.shape).map(
  ([name, field]) => describe(name as SettingName, field),
);

const BY_NAME: ReadonlyMap<string, Setting> = new Map(
  SETTINGS.map((setting) => [setting.name, setting]),
);

/** @returns undefined where there is no such setting. */
export function settingOf(name: string): Setting | undefined {
  return BY_NAME.get(name);
}

function describe(name: SettingName, field: z.ZodType): Setting {
  const { description = '', alias, defaultDescription } = field.meta() ?? {};
  const { kind, choices, defaultValue } = lookInto(field);
  return {
    ...{ name, kind, description, choices, defaultValue },
    variable: variableOf(name),
    alias: typeof alias === 'string' ? alias : undefined,
    defaultDescription: typeof defaultDescription === 'string' ? defaultDescription : undefined,
  };
}

/** Under default and optional lies what the value is. */
function lookInto(field: z.ZodType): Pick<Setting, 'kind' | 'choices' | 'defaultValue'> {
  const { type, innerType, defaultValue, entries } = field.def as unknown as FieldDefinition;
  if (innerType !== undefined)
    return { ...lookInto(innerType), ...(defaultValue === undefined ? {} : { defaultValue }) };
  const choices = entries && Object.values(entries);
  return { kind: KINDS[type] ?? 'text', choices, defaultValue: undefined };
}

/** What is used of the definitions that zod keeps of its types. */
interface FieldDefinition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly defaultValue?: unknown;
  readonly entries?: Readonly<Record<string, string>>;
}
