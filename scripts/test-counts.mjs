// Prints `N passed, N failed, N skipped` from vitest's JSON report; exits 1 when anything failed or there is no report.
import { readFileSync } from 'node:fs';

const counts = { passed: 0, failed: 0, skipped: 0 };
try {
  const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  counts.passed = report.numPassedTests;
  counts.skipped = report.numPendingTests + report.numTodoTests;
  // A file that could not be loaded has no tests to fail; it counts as one.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  counts.failed = report.numFailedTests + broken.length;
  if (!report.success && counts.failed === 0) counts.failed = 1;
} catch (error) {
  console.log(`no test report: ${error.message}`);
  counts.failed = 1;
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
