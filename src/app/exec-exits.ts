import { PageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
import type { Operation } from '../docker-api/operation.ts';
import { readExecState, type ExecState } from '../docker-api/exit.ts';
import type { Outcome } from '../exchange.ts';
import type { Ask } from '../resolve/types.ts';
import type { ExitWatch } from './exit-watch.ts';
import { soon } from './patience.ts';

interface ExitDeps {
  readonly ask: Ask;
  readonly watch: ExitWatch;
  /** ms since the epoch, as the daemon's clock has it. */
  readonly now: () => number;
}

/**
 * Finds out what the process of an exec ended with. Right after the end of its stream the daemon knows; where the
 * process goes on (the client left early, or did not attach), the daemon's event tells, in a line of its own.
 *
 * @returns a page that does so for the start of an exec, and nothing for other calls.
 */
export function exitOf(page: CallTrail, deps: ExitDeps): CallTrail {
  return new ExitPage(page, deps);
}

class ExitPage extends PageOver {
  readonly #deps: ExitDeps;
  readonly #begun: number;
  #exec: string | undefined;

  constructor(page: CallTrail, deps: ExitDeps) {
    super(page);
    this.#deps = deps;
    this.#begun = deps.now();
  }

  override intend(operation: Operation): Promise<void> | undefined {
    if (operation.action === 'exec.start') [this.#exec] = operation.subject.names;
    return this.page.intend(operation);
  }

  override close(outcome: Outcome): void {
    if (this.#exec === undefined || !hasStarted(outcome)) this.page.close(outcome);
    else void this.#closeExec(this.#exec, outcome);
  }

  async #closeExec(id: string, outcome: Outcome): Promise<void> {
    const { page } = this;
    let state: ExecState | undefined;
    const asked = stateOf(this.#deps.ask, id).then((said) => {
      state = said;
    });
    await soon(asked);
    const code = exitCodeOf(state);
    page.close(code === undefined ? outcome : { ...outcome, exitCode: code });
    await asked;
    const later = exitCodeOf(state);
    if (code === undefined && later !== undefined) page.exited(later);
    if (state?.running !== true) return;
    this.#deps.watch.wait(id, this.#begun, (exitCode) => {
      page.exited(exitCode);
    });
  }
}

function exitCodeOf(state: ExecState | undefined): number | undefined {
  return state?.running === false ? state.exitCode : undefined;
}

/** A client that left before the answer may have started it all the same. */
function hasStarted({ status, end }: Outcome): boolean {
  return end !== 'refused' && (status === 101 || status === 200 || status === 0);
}

async function stateOf(ask: Ask, id: string): Promise<ExecState | undefined> {
  try {
    const { status, body } = await ask(`/exec/${encodeURIComponent(id)}/json`);
    return status === 200 ? readExecState(Buffer.from(body)) : undefined;
  } catch {
    return undefined;
  }
}
