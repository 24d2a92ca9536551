const TICK_MS = 50;

/**
 * Fails when the promise takes longer than the limit; a limit that is promised, not a wait. Time in which this
 * process did not get to run does not count, for gate, daemon and clients of these tests stand still with it. Time
 * in which it runs and keeps its event loop does.
 */
export async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    let left = limitMs;
    const tick = (): void => {
      if (left <= 0) {
        reject(new Error(`not within ${limitMs} ms`));
        return;
      }
      const wait = Math.min(TICK_MS, left);
      const [before, cpu] = [performance.now(), process.cpuUsage()];
      timer = setTimeout(() => {
        const { user, system } = process.cpuUsage(cpu);
        const elapsed = performance.now() - before;
        // Several threads use more of the CPU than time passes.
        left -= Math.min(elapsed, Math.max(wait, (user + system) / 1000));
        tick();
      }, wait);
    };
    tick();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
