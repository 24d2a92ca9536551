import type { Operation } from '../docker-api/operation.ts';
import type { CallTarget, Outcome, Verdict } from '../exchange.ts';
import type { BodyOf } from './detail/bodies.ts';
import type { CallTrail } from './trail.ts';

/**
 * A page before another page, for those who do some things in a way of their own: all the rest is passed on, so that
 * nothing is lost on the way. A class, since every call has several: an object of functions for each costs more than
 * what they do.
 */
export class PageOver implements CallTrail {
  // Declared, since a field that is defined first and set then costs every layer of every call a function more.
  declare protected readonly page: CallTrail;

  constructor(page: CallTrail) {
    this.page = page;
  }

  understood(operation: Operation): void {
    this.page.understood(operation);
  }

  body(body: BodyOf): void {
    this.page.body(body);
  }

  target(target: CallTarget): void {
    this.page.target(target);
  }

  decided(verdict: Verdict): void {
    this.page.decided(verdict);
  }

  intend(operation: Operation): Promise<void> | undefined {
    return this.page.intend(operation);
  }

  answered(outcome: Outcome): void {
    this.page.answered(outcome);
  }

  close(outcome: Outcome): void {
    this.page.close(outcome);
  }

  exited(exitCode: number): void {
    this.page.exited(exitCode);
  }
}
