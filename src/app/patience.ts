/** A line of the trail waits so long for what the daemon says, ms; its call waits for nothing. */
const PATIENCE_MS = 250;

/** Resolves when a promise that never rejects does, or when a line has waited long enough. */
export async function soon(promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
