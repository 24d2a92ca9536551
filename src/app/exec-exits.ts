import { pageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
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
export function exitOf(page: CallTrail, { ask, watch, now }: ExitDeps): CallTrail {
  let exec: string | undefined;
  const begun = now();
  return pageOver(page, {
    intend: (operation) => {
      if (operation.action === 'exec.start') [exec] = operation.subject.names;
      return page.intend(operation);
    },
    close: (outcome) => {
      if (exec === undefined || !hasStarted(outcome)) {
        page.close(outcome);
        return;
      }
      const id = exec;
      let state: ExecState | undefined;
      const asked = stateOf(ask, id).then((said) => {
        state = said;
      });
      void soon(asked).then(async () => {
        const code = exitCodeOf(state);
        page.close(code === undefined ? outcome : { ...outcome, exitCode: code });
        await asked;
        const later = exitCodeOf(state);
        if (code === undefined && later !== undefined) page.exited(later);
        if (state?.running !== true) return;
        watch.wait(id, begun, (exitCode) => {
          page.exited(exitCode);
        });
      });
    },
  });
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
