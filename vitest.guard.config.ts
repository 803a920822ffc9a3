import { defineConfig } from 'vitest/config';
import { GUARD, shared } from './vitest.config.js';

// Needs nothing beyond npm packages, as `npm test` does, but more time than one wants to wait for after each change.
export default defineConfig({
  ...shared,
  test: { ...shared.test, testTimeout: 60_000, include: GUARD },
});
