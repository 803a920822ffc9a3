import { defineConfig } from 'vitest/config';
import { shared } from './vitest.config.js';

// What needs programs that npm cannot bring: psql, curl, bwrap, Chromium, Go. `.ci/run` installs them; a missing one fails.
export default defineConfig({
  ...shared,
  test: { ...shared.test, include: ['test/system/**/*.test.ts'], fileParallelism: false },
});
