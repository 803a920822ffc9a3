import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of its own for the running test, gone when the test is over. Call it in a test or in `beforeEach`. */
export function temporaryFolder(atEnd: (clear: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-test-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
