import type { Trail } from '../audit/trail.ts';
import type { Config } from '../config/schema.ts';
import type { Identification } from '../identity/identify.ts';
import type { Identity } from '../identity/types.ts';
import { autoRenew } from './auto-renew.ts';
import { daily, Expiry } from './expiry.ts';
import { keyModeProblem } from './key-mode.ts';
import type { Log } from './log.ts';
import { materialFiles, type Material } from './material.ts';
import { Reload } from './reload.ts';
import { watchFiles } from './watch-files.ts';

export interface UpkeepDeps {
  readonly config: Config;
  readonly log: Log;
  readonly trail: Pick<Trail, 'gate' | 'certificate'>;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly standing: Identification['standing'];
  /** What signatureOf said of the files before they were read. */
  readonly since: string;
  /** False where another process does that by now. */
  readonly mayRenew: () => boolean;
  /** Puts material into force. */
  readonly apply: (material: Material) => void;
}

/** What keeps a running gate's certificates fresh. */
export interface Upkeep {
  /** Keeps a client in mind, to warn of its certificate's end. */
  seen(identity: Identity): void;
  /** What is in force. */
  material(): Material;
  /** The clients whose certificates are kept in mind. */
  clients(): Iterable<Identity>;
  /** Reads all files anew. */
  reload(cause: string): Promise<void>;
  close(): void;
}

/**
 * Watches the files, takes up what changes, and says daily what will end or is out of date.
 *
 * @param material what is in force.
 */
export function startUpkeep(material: Material, deps: UpkeepDeps): Upkeep {
  const { config, log, trail, now, standing, since } = deps;
  const reload = new Reload(material, deps);
  const expiry = new Expiry({
    log,
    now,
    material: () => reload.current,
    isGood: (identity) => now() < (standing(identity)?.endsAt ?? -Infinity),
  });
  const renew = async (): Promise<void> => {
    if (!config.autoRenew || !deps.mayRenew()) return;
    const daysLeft = expiry.serverDaysLeft();
    const renewed = await autoRenew(config, reload.current, { daysLeft, log, trail, now: now() });
    if (renewed) await reload.run('auto-renew');
  };
  const check = (): void => {
    const keyProblem = keyModeProblem(config.tls.key);
    if (keyProblem !== undefined) log.warn({ file: config.tls.key }, keyProblem);
    expiry.check();
    reload.remind();
    void renew();
  };
  check();
  const stopDaily = daily(check, now);
  const watch = watchFiles(materialFiles(config), since, () => reload.run('files changed'));
  return {
    seen: (identity) => {
      expiry.seen(identity);
    },
    material: () => reload.current,
    clients: () => expiry.clients(),
    reload: (cause) => reload.run(cause),
    close: () => {
      stopDaily();
      watch.close();
    },
  };
}
