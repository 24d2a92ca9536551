#!/usr/bin/env node
import { constants } from 'node:os';

// A container makes this process PID 1, and the kernel keeps every signal from PID 1 that it has no handler for
// (pid_namespaces(7)). Until a command hears it itself, a signal ends the program as it would anywhere else.
if (process.pid === 1) {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
  }
}

// Loading the commands takes a while: only now, so that signals are heard meanwhile.
const { run } = await import('./cli/index.ts');
process.exit(await run(process.argv.slice(2)));
