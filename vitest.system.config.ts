import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

// What needs programs that npm cannot bring: psql, curl, bwrap, Chromium, Go. `.ci/run` installs them; a missing one fails.
export default mergeConfig(base, defineConfig({ test: { include: [], exclude: ['node_modules/**'] } }), true);
