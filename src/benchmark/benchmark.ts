import { tmpdir } from 'node:os';
import { invalidRequest } from '../core/errors.js';
import type { RunListener } from '../core/progress.js';
import type { OpenSource, ServerInfo } from '../core/source.js';
import { recordedKind } from '../recording/source.js';
import { makeScratch, removeScratch } from '../scratch/folder.js';
import { askedLanes } from '../snapshot/open-source.js';
import type { Plan } from '../snapshot/plan.js';
import { installedPorts, type Ports } from '../snapshot/ports.js';
import { isRouted } from '../snapshot/thread-plan.js';
import { openUnlocked } from '../snapshot/until-unlocked.js';
import { type ColumnSize, columnSizes } from './column-sizes.js';
import { measure } from './measure.js';
import type { Measurement, Setting } from './measurement.js';

/** Less than this, and most of what is measured is a beginning. */
const leastPatience = 1_000;

export interface BenchmarkOptions {
  /** Milliseconds that all measurements may take together. */
  readonly patience: number;
  readonly signal: AbortSignal;
  readonly listener?: RunListener;
  /** Hears of each measurement when it is done. */
  readonly onMeasured?: (measurement: Measurement) => void;
  /** Those of this installation unless given. */
  readonly ports?: Ports;
}

export interface BenchmarkResult {
  readonly server: ServerInfo;
  /** Names of what is read. */
  readonly tables: readonly string[];
  /** First what comes at most, then what can be decoded, then what is encoded by each of the plans, in their order. */
  readonly measurements: readonly Measurement[];
  /** What columns take in files, the largest first; empty where what is read is a recording. */
  readonly columns: readonly ColumnSize[];
  /** What the plans ask for and no measurement shows. */
  readonly notMeasured: readonly string[];
}

/**
 * Reads what plans read, each for its share of the time, and says how fast that went and why. Nothing is kept.
 * @param plans that differ in how they read or write; there is one at least
 * @throws TidemarkError request.invalid where the time is too short, source.*; data.misfit; the signal's reason
 */
export async function runBenchmark(
  plans: readonly Plan[],
  {
    patience,
    signal,
    listener = () => undefined,
    onMeasured = () => undefined,
    ports = installedPorts,
  }: BenchmarkOptions,
): Promise<BenchmarkResult> {
  const settings = settingsOf(plans);
  const share = shareOf(patience, settings.length);
  const scratch = makeScratch(ports.machine, plans[0]!.scratch ?? tmpdir());
  const sources = new Sources(plans, { ports, signal, listener });
  try {
    const tools = { ports, scratch, signal, patience: share };
    // So that the first measurement does not read from disks what the others find in the server's memory.
    await measure(settings[0]!, await sources.of(plans[0]!), tools);
    const measurements: Measurement[] = [];
    for (const setting of settings) {
      const measurement = await measure(setting, await sources.of(setting.plan), tools);
      onMeasured(measurement);
      measurements.push(measurement);
    }
    const { server, tables } = await sources.of(plans[0]!);
    const isRecorded = recordedKind(plans[0]!.sourceKind) !== undefined;
    return {
      columns: isRecorded ? [] : await columnSizes(plans[0]!, { signal, listener }),
      server,
      tables: tables.map(({ name }) => name),
      measurements,
      notMeasured: notMeasured(plans[0]!, tables),
    };
  } finally {
    await sources.close();
    removeScratch(ports.machine.fs, scratch);
  }
}

function settingsOf(plans: readonly Plan[]): readonly Setting[] {
  const [plan] = plans;
  return [
    { reach: 'received', plan: plan! },
    { reach: 'decoded', plan: plan! },
    ...plans.map((one): Setting => ({ reach: 'encoded', plan: one })),
  ];
}

/** Milliseconds of each measurement, and of what comes before the first. @throws request.invalid */
function shareOf(patience: number, measurements: number): number {
  const share = patience / (measurements + 1);
  if (share >= leastPatience) return share;
  throw invalidRequest(
    `for: ${patience / 1000} s is too short for a warm-up and ${measurements} measurements`,
    `Give each of them a second at least: --for ${((measurements + 1) * leastPatience) / 1000}s, better ten times that.`,
  );
}

function notMeasured(plan: Plan, tables: OpenSource['tables']): readonly string[] {
  return [
    'storing files: those of a snapshot are written, synced and published besides',
    ...(isRouted(plan, tables) ? ['splits, samples and partitions: rows are read, and encoded as one part'] : []),
    ...(plan.expected.length > 0 || plan.tables.some(({ expected }) => expected.length > 0)
      ? ['expectations: nothing is looked for']
      : []),
  ];
}

/** The source, opened once for each road that rows come on, for as many lanes as any plan has. */
class Sources {
  private readonly opened = new Map<string, OpenSource>();

  constructor(
    private readonly plans: readonly Plan[],
    private readonly by: { readonly ports: Ports; readonly signal: AbortSignal; readonly listener: RunListener },
  ) {}

  async of(plan: Plan): Promise<OpenSource> {
    const { via } = plan.source;
    const source = this.opened.get(via) ?? (await this.open(plan));
    this.opened.set(via, source);
    return source;
  }

  private open(plan: Plan): Promise<OpenSource> {
    const lanes = Math.max(...this.plans.map((one) => askedLanes(one)));
    return openUnlocked({ ...plan, lanes }, this.by);
  }

  async close(): Promise<void> {
    for (const source of this.opened.values()) await source.close();
  }
}
