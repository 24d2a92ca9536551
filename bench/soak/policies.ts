import fs from 'node:fs';
import { GRACE_MS } from './windows.ts';

/** Two policies that differ in one action, so that it shows which is in force; and what is none. */
const policy = (info: boolean): string =>
  [
    'users:',
    "  - { user: '*', roles: [soak] }",
    'roles:',
    '  soak:',
    '    unconstrained: true',
    "    allow: ['*']",
    `    deny: [image.remove${info ? '' : ', system.info'}]`,
    '',
  ].join('\n');

const BAD = ['users: [', 'users:\n  - { user: "*", roles: [nobody-made-this] }\n', 'rolls: {}\n'];

/** The policy of the gate, and which answers it may have given when. */
export class Policies {
  readonly file: string;
  readonly #changes: { readonly from: number; readonly info: boolean }[] = [];

  constructor(file: string) {
    this.file = file;
    this.change(true);
  }

  /** @param info whether `GET /info` is allowed from now on. */
  change(info: boolean): void {
    this.#changes.push({ from: performance.now(), info });
    this.#put(policy(info));
  }

  /** The policy before stays in force. */
  spoil(turn: number): void {
    this.#put(BAD[turn % BAD.length] ?? '');
  }

  /** Whether `GET /info` may have been allowed, or refused, in a call that began then and ends now. */
  may(info: boolean, from: number): boolean {
    const before = this.#changes.findLast((change) => change.from <= from - GRACE_MS);
    const during = this.#changes.filter((change) => change.from > from - GRACE_MS);
    return [...(before ? [before] : []), ...during].some((change) => change.info === info);
  }

  #put(text: string): void {
    fs.writeFileSync(`${this.file}.new`, text);
    fs.renameSync(`${this.file}.new`, this.file);
  }
}
