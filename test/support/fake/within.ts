const TICK_MS = 50;

/**
 * Fails when the promise takes longer than the limit; a limit that is promised, not a wait. Time in which this
 * process did not get to run does not count: gate, daemon and clients of these tests stand still with it.
 */
export async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    let left = limitMs;
    const tick = (): void => {
      if (left <= 0) reject(new Error(`not within ${limitMs} ms`));
      const next = Math.min(TICK_MS, left);
      left -= next;
      timer = setTimeout(tick, next);
    };
    tick();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
