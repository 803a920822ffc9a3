import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with one plain line, `N passed, N failed`, and fails it when a test was skipped or none ran: a test that did
 * not run proves nothing.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'pending') counts.skipped += 1;
        else counts[state] += 1;
      }
    }
    if (counts.skipped > 0) {
      console.error(`${counts.skipped} tests were skipped; no skipped test may pass unnoticed`);
      process.exitCode = 1;
    }
    if (counts.passed + counts.failed === 0) {
      console.error('no test was run');
      process.exitCode = 1;
    }
    console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  }
}
