import { defineConfig, type ViteUserConfig } from 'vitest/config';

// `development` makes `#folder/file` mean the sources; without it Node would load the build.
// Not `import`: that would make a CommonJS package's own require() load ES modules.
const conditions = ['development', 'node', 'module', 'default'];

/** What both suites share. */
export const shared: ViteUserConfig = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    allowOnly: false,
  },
};

/** The guarded database under attack, under torture and beside its twin: minutes, and a suite of their own. */
export const GUARD = [
  'test/integration/fidelity.test.ts',
  'test/integration/guarded-*.test.ts',
  'test/integration/local-undo-*.test.ts',
  'test/integration/provision.test.ts',
  'test/integration/roles.test.ts',
  'test/integration/session-state.test.ts',
  'test/integration/undo-*.test.ts',
];

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['src/**/*.test.ts', 'demo/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/system/**', 'test/integration/agents/**', 'node_modules/**', ...GUARD],
  },
});
