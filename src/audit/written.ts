import type { Detail } from './detail/values.ts';
import type { CallTarget } from '../exchange.ts';
import { member, WrittenFields } from './chain/record.ts';

/** What a line says of a request that has been understood. */
export type LoggedRequest = Readonly<{
  method: string;
  path: string;
  api_version: string | undefined;
  user_agent: string | undefined;
  query: Readonly<Record<string, string>> | undefined;
  action: string;
  effect: string;
}>;

/** What a line says of a call's target: what the caller called it, and what the daemon does. */
export type LoggedTarget = CallTarget & { readonly asked?: readonly string[] | undefined };

/** What a line says of a call beside who called and what for. */
export type Said = Readonly<{
  detail: Detail | undefined;
  decision: string | undefined;
  rule: string | undefined;
  /** Absent while the call goes on. */
  ending?: Ending | undefined;
  reason: string | undefined;
}>;

/** How a call ended. Times are whole microseconds, in ms; all other numbers are whole. */
export type Ending = Readonly<{
  status: number;
  exit_code: number | undefined;
  duration_ms: number;
  time_to_first_byte_ms: number | undefined;
  bytes_in: number;
  bytes_out: number;
  end: string;
}>;

/** Every call has lines with these: to name them one by one takes a third of the time of going through them. */
export function writtenSaid({ detail, decision, rule, ending, reason }: Said): WrittenFields {
  const text =
    member(',"detail":"', detail) +
    member(',"decision":"', decision) +
    member(',"rule":"', rule) +
    (ending === undefined ? '' : endingText(ending)) +
    member(',"reason":"', reason);
  return new WrittenFields(() => ({ detail, decision, rule, ...ending, reason }), text);
}

function endingText(ending: Ending): string {
  const { status, exit_code, duration_ms, time_to_first_byte_ms, bytes_in, bytes_out, end } =
    ending;
  const exit = member(',"exit_code":"', exit_code);
  const first =
    time_to_first_byte_ms === undefined
      ? ''
      : `,"time_to_first_byte_ms":${timeText(time_to_first_byte_ms)}`;
  return `,"status":${status}${exit},"duration_ms":${timeText(duration_ms)}${first},"bytes_in":${bytes_in},"bytes_out":${bytes_out},"end":"${end}"`;
}

/** As JSON writes such a number. To write a fraction takes V8 several times as long as whole numbers. */
function timeText(ms: number): string {
  const us = Math.round(ms * 1000);
  if (us < 0) return String(ms);
  const whole = Math.floor(us / 1000);
  const rest = us - whole * 1000;
  if (rest === 0) return `${whole}`;
  if (rest % 100 === 0) return `${whole}.${rest / 100}`;
  if (rest % 10 === 0) return `${whole}.${rest < 100 ? '0' : ''}${rest / 10}`;
  return `${whole}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}`;
}

/** Likewise, what was asked. */
export function writtenRequest(request: LoggedRequest): WrittenFields {
  const { method, path, api_version, user_agent, query, action, effect } = request;
  const text =
    member(',"method":"', method) +
    member(',"path":"', path) +
    member(',"api_version":"', api_version) +
    member(',"user_agent":"', user_agent) +
    member(',"query":"', query) +
    member(',"action":"', action) +
    member(',"effect":"', effect);
  return new WrittenFields(request, text);
}

/** Likewise, what a call is about. */
export function writtenTarget(target: LoggedTarget | undefined): WrittenFields {
  if (target === undefined) return NO_TARGET;
  const { kind, asked, id, container, name, image } = target;
  const names = asked?.map((one) => member('"', one)).join(',');
  const text =
    member(',"kind":"', kind) +
    (names === undefined ? '' : `,"asked":[${names}]`) +
    member(',"id":"', id) +
    member(',"container":"', container) +
    member(',"name":"', name) +
    member(',"image":"', image);
  return new WrittenFields({ target }, `,"target":{${text.slice(1)}}`);
}

export const NO_TARGET = new WrittenFields({});
