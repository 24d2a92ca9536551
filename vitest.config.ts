import { defineConfig } from 'vitest/config';

/** One run, five kinds of test; see CONTRIBUTING.md for what belongs where. */
const project = (name: string, testTimeout: number, extra: object = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    ...extra,
  },
});

export default defineConfig({
  test: {
    reporters: ['default', './test/support/summary-reporter.ts'],
    // All cores: left to itself, vitest leaves one free, which is half of a small machine.
    maxWorkers: '100%',
    projects: [
      project('unit', 15_000),
      project('integration', 30_000),
      project('security', 60_000),
      // One daemon, two cores: files one after the other, once all others have run.
      project('e2e', 120_000, {
        fileParallelism: false,
        sequence: { groupOrder: 1 },
        globalSetup: ['test/support/e2e/global-setup.ts'],
      }),
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text', 'html'] },
  },
});
