import { defineConfig } from 'vitest/config';
import { shared } from './vitest.config.js';

// What needs programs that npm cannot bring: psql, curl, bwrap, Chromium, Go. `.ci/run` installs them; a missing one fails.
export default defineConfig({
  ...shared,
  // Half a minute may pass until an authenticator app shows the next code.
  test: { ...shared.test, testTimeout: 120_000, include: ['test/system/**/*.test.ts'], fileParallelism: false },
});
