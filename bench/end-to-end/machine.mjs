// What the figures were measured on: nothing that names the machine or its owner.
import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { readFileSync } from 'node:fs';

export function describeMachine(server) {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    system: `${type()} ${release().split('-')[0]} ${arch()}${underHypervisor() ? ', virtual' : ''}`,
    node: process.version,
    postgres: server.version,
    server: 'on the same machine, over the loopback interface',
  };
}

function underHypervisor() {
  try {
    return /^flags.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'latin1'));
  } catch {
    return false;
  }
}

/**
 * How much of the machine others took while contenders were measured, as a share of all its cores: in the round where it was
 * most, and in the middle one. Above a twentieth, figures are not worth keeping.
 */
export function noiseOf(summaries, cores) {
  const shares = summaries
    .flatMap(({ runs }) => runs)
    .map((run) => (run.otherCpu + run.stolenCpu) / (run.wall * cores))
    .sort((a, b) => a - b);
  if (shares.length === 0) return undefined;
  const [median, most] = [shares[shares.length >> 1], shares[shares.length - 1]];
  return { median, most, quiet: median <= 0.05 };
}
