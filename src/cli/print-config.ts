import { stringify } from 'yaml';
import type { EffectiveSetting, Loaded } from '../config/load.ts';
import { settingOf } from '../config/settings.ts';
import { print, printJson } from './terminal.ts';

/**
 * Prints the settings in force. The text is a file that `--config` takes; what is not set stands in it as a comment. There
 * is nothing secret in settings: keys are named by path.
 */
export function printConfig(loaded: Loaded, asJson: boolean): void {
  const settings = inForce(loaded);
  if (!asJson) print(lines(settings).join('\n'));
  else {
    printJson(
      Object.fromEntries(
        settings.map(({ name, value = null, source, from }) => [name, { value, source, from }]),
      ),
    );
  }
}

/** Of files that nobody named, the names that they have because of others. `debug` is shown as the level that it is. */
function inForce({ config, settings }: Loaded): EffectiveSetting[] {
  const { ca, cert, key } = config.tls;
  const derived: Partial<Record<string, string>> = { tlscacert: ca, tlscert: cert, tlskey: key };
  return settings
    .filter(({ name }) => name !== 'debug')
    .map((setting) => ({ ...setting, value: setting.value ?? derived[setting.name] }));
}

function lines(settings: readonly EffectiveSetting[]): string[] {
  const left = settings.map(({ name, value }) => {
    // A file names no other.
    if (name === 'config') return `# config: ${typeof value === 'string' ? value : 'not set'}`;
    if (value === undefined)
      return `# ${name}: ${settingOf(name)?.defaultDescription ?? 'not set'}`;
    return stringify({ [name]: value }, { collectionStyle: 'flow', lineWidth: 0 })
      .trimEnd()
      .replace(/^\{ (.*) \}$/, '$1');
  });
  const width = Math.min(40, Math.max(...left.map(({ length }) => length)));
  return settings.map(({ from }, index) => `${(left[index] ?? '').padEnd(width)}  # ${from}`);
}
