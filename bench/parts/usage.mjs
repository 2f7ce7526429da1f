import { performance } from 'node:perf_hooks';

/** What this process took so far: CPU seconds, seconds, bytes of memory at the peak. */
export function usage() {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpu: (userCPUTime + systemCPUTime) / 1e6, seconds: performance.now() / 1000, peak: maxRSS * 1024 };
}
