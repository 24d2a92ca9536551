import { inConstraints, quoted } from './common.ts';
import { asksForDevices, mayHaveDevices } from './device-environment.ts';
import { report, type At } from './inspection.ts';

/**
 * Instructions of a Dockerfile that change what an image says of itself. The daemon reads all of a
 * call as one Dockerfile, so none may run on into the next, nor change how it is read.
 */
export function checkChange(change: string, at: At): void {
  const { users, settings } = at.on.constraints;
  const shown = `the instruction ${quoted(change.slice(0, 12))}`;
  const isHeld = users !== undefined || settings.labels !== undefined;
  if (isHeld && !PLAIN.test(change)) {
    report(at, `${shown} is not known to keep users and labels`, PLAIN_ONES);
  } else if (!keepsDevicesOut(change) && !mayHaveDevices(at)) {
    report(at, `${shown} is not known to ask for no devices`, NO_DEVICES);
  }
}

/** Instructions that say nothing of users and labels, in one line without tricks of the parser. */
const PLAIN = /^(?:CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|STOPSIGNAL|VOLUME|WORKDIR) [^\r\n\\`]*$/i;
const PLAIN_ONES =
  'CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, STOPSIGNAL, VOLUME or WORKDIR, in one line';

const NO_DEVICES = `${inConstraints('device-drivers', 'nvidia')}, or one instruction in one line, with names of variables as they are: ENV NAME=VALUE`;

/** All that a commit takes (moby builder/dockerfile validCommitCommands) but ENV. */
const NO_ENVIRONMENT =
  /^(?:CMD|ENTRYPOINT|EXPOSE|HEALTHCHECK|LABEL|ONBUILD|STOPSIGNAL|USER|VOLUME|WORKDIR)[ \t][^\r\n]*$/i;
/** Goes on in the next line, with either escape character. */
const RUNS_ON = /[\\`]\s*$/;

function keepsDevicesOut(change: string): boolean {
  if (NO_ENVIRONMENT.test(change)) return !RUNS_ON.test(change);
  const names = environmentNames(change);
  return names !== undefined && !names.some(asksForDevices);
}

const NAME = '[A-Za-z0-9_.-]+';
/** Quotes hold spaces together; an escape, or a space that only Go takes for one, is not in it. */
const VALUE = String.raw`(?:[^\s"'\\${'`'}\p{Cc}]|"[^"\\${'`'}\p{Cc}]*"|'[^'\\${'`'}\p{Cc}]*')*`;
const PAIR = `${NAME}=${VALUE}`;
const PAIRS = new RegExp(`^ENV((?:[ \\t]+${PAIR})+)[ \\t]*$`, 'iu');
/** `ENV NAME VALUE`, where all of the rest is the value. */
const ONE = new RegExp(`^ENV[ \\t]+(${NAME})[ \\t]+[^\\r\\n\\\\\`]*$`, 'iu');

/**
 * The names of the variables that an ENV sets; undefined where it is none of the two plain forms: the
 * daemon takes quotes and escapes out of names, and expands variables in them.
 */
function environmentNames(change: string): readonly string[] | undefined {
  const pairs = PAIRS.exec(change)?.[1];
  if (pairs === undefined) {
    const name = ONE.exec(change)?.[1];
    return name === undefined ? undefined : [name];
  }
  const found = pairs.matchAll(new RegExp(`[ \\t]+(${NAME})=${VALUE}`, 'gu'));
  return Array.from(found, ([, name]) => String(name));
}
