// The command line, which tells at its end what it took.
import { performance } from 'node:perf_hooks';

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const figures = { cpu: (userCPUTime + systemCPUTime) / 1e6, seconds: performance.now() / 1000, peak: maxRSS * 1024 };
  process.stderr.write(`\n${JSON.stringify(figures)}\n`);
});
await import('../../dist/cli/main.js');
