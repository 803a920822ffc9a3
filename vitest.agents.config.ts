import { defineConfig } from 'vitest/config';
import { shared } from './vitest.config.js';

// Real agents, from npm, which scripted models drive offline. The first run downloads them: hundreds of megabytes.
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    testTimeout: 120_000,
    hookTimeout: 600_000,
    include: ['test/integration/agents/**/*.test.ts'],
    fileParallelism: false,
  },
});
