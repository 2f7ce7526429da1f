import type { RunListener } from '../../src/core/progress.js';
import type { SourceModule } from '../../src/core/source.js';
import { laneHere, type StartLane } from '../../src/lane/running-lane.js';
import { type OptionInput, readOptions, resolvePlan } from '../../src/snapshot/options.js';
import { installedPorts, type Ports } from '../../src/snapshot/ports.js';
import type { SnapshotResult } from '../../src/snapshot/result.js';
import { runSnapshot } from '../../src/snapshot/snapshot.js';
import { plainContext } from '../snapshot/options/context.js';
import type { MemoryDestination } from './memory-destination.js';

interface Changes {
  readonly around?: (startLane: StartLane) => StartLane;
  readonly listener?: RunListener;
  /** Where the version goes; absent: into memory. */
  readonly out?: string;
}

/** Makes `dataset://numbers/v1` of the table `numbers` of a source, in memory, all lanes in this thread. */
export async function snapshotInMemory(
  source: SourceModule,
  memory: MemoryDestination,
  options: OptionInput['library'],
  changed: Partial<Ports> & Changes = {},
): Promise<SnapshotResult> {
  const { around = (startLane) => startLane, listener = () => undefined, out = 'memory:', ...changes } = changed;
  const ports: Ports = {
    ...installedPorts,
    loadSource: async () => source,
    openObjects: async ({ ticket }) => memory.openObjects(ticket),
    destinationOf: () => memory,
    ...changes,
  };
  const library = { source: 'postgres://u@h/d', table: 'numbers', dataset: 'dataset://numbers/v1', ...options };
  const context = plainContext();
  const plan = await resolvePlan(await readOptions({ library, configFile: false }, context), context);
  return runSnapshot(
    { ...plan, sourceKind: 'arrow', out },
    {
      signal: new AbortController().signal,
      listener,
      ports: { ...ports, lanes: () => ({ start: around(laneHere(ports)), close: () => undefined }) },
    },
  );
}
