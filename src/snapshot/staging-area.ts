import * as z from 'zod';
import type { Clock } from '../core/clock.js';
import type { VersionStore } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import type { RunListener } from '../core/progress.js';
import type { SourceModule } from '../core/source.js';
import type { FilePlace } from '../files/place.js';
import { identitySchema } from '../machine/identity-schema.js';
import type { Machine } from '../machine/machine.js';
import { parseForeign } from '../machine/read.js';
import { runFolderPrefix } from './options/staging.js';
import type { Plan } from './plan.js';
import type { Ports } from './ports.js';

/** Where a run's database writes files by itself: a folder of the run's own, that goes with it. */
export interface StagingArea extends FilePlace {
  readonly location: string;
  /** Takes away all that was written. What cannot be is told. */
  clear(): Promise<void>;
}

/** Who hears of what stays, and of what was found of other runs. */
export interface StagingEvents {
  readonly listener: RunListener;
  warn(text: string): void;
}

export interface StagingAround {
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly events: StagingEvents;
}

const claimName = '_claim.json';
const signPrefix = '_alive-';

/** A sign of life, and how long a run of another machine counts as living after its last one; milliseconds. Clocks may differ by almost that. */
const signEvery = 5 * 60_000;
const staleAfter = 60 * 60_000;

/** How long a statement may go on whose run is gone, milliseconds: Snowflake's limit is two days, BigQuery's six hours. */
const writesOnFor = 48 * 60 * 60_000;

const claimSchema = z.object({ format: z.literal(1), startedAt: z.string(), process: identitySchema });

/**
 * Makes the folder of a run's files: with a claim, which says whose it is while the run lives. What runs left there that were killed goes.
 * @throws destination.*; source.* where the store is the source's own
 */
export async function openStagingArea(
  { staging, source: { connection }, sourceKind }: Plan & { readonly staging: string },
  module: SourceModule,
  { ports, signal, events }: StagingAround,
): Promise<StagingArea> {
  const own = await module.openStaging?.(connection, signal);
  const destination = own === undefined ? ports.destinationOf(staging) : undefined;
  const store = own?.store ?? (await destination!.loadStore());
  const location = store.resolve(staging);
  const claim = new Claim(store, location, ports.machine);
  try {
    // Who may not look could not take away what is written, either.
    const { folder } = store.split(location);
    const isThere = (await store.kindOf(folder)) === 'folder';
    if (isThere) await removeDead(store, folder, { machine: ports.machine, listener: events.listener });
    await claim.take();
  } catch (error) {
    own?.close();
    throw error;
  }
  return {
    owner: own === undefined ? { destination: destination!.kind } : { source: sourceKind, ticket: own.ticket },
    store,
    location,
    async clear() {
      claim.stop();
      try {
        await store.removeFolder(location);
      } catch (thrown) {
        const { message } = TidemarkError.from(thrown);
        events.warn(`${message.replace(/\.$/, '')}: files that the database has written stay at ${location}`);
      } finally {
        own?.close();
      }
    },
  };
}

/** Says that a run lives: in a file when it begins, and by the names of more while it goes on, since a store's files are made once. */
class Claim {
  #end: () => void = () => undefined;

  constructor(
    private readonly store: VersionStore,
    private readonly location: string,
    private readonly machine: Machine,
  ) {}

  async take(): Promise<void> {
    const { clock, processes } = this.machine;
    const claim = { format: 1, startedAt: clock.date().toISOString(), process: processes.own() };
    await this.#create(claimName, `${JSON.stringify(claim)}\n`);
    this.#end = clock.every(signEvery, () => {
      // One that is missed is no reason to stop: others come long before the run counts as dead.
      this.#create(`${signPrefix}${clock.date().getTime()}`, '').catch(() => undefined);
    });
  }

  stop(): void {
    this.#end();
  }

  async #create(name: string, text: string): Promise<void> {
    await this.store.create(this.store.join(this.location, name), Buffer.from(text));
  }
}

/** Removes what runs left in a folder that were killed. A run goes on where that fails. */
async function removeDead(
  store: VersionStore,
  folder: string,
  { machine, listener }: Pick<StagingEvents, 'listener'> & { readonly machine: Machine },
): Promise<void> {
  try {
    for (const { name, folder: isFolder } of await store.list(folder)) {
      if (!isFolder || !name.startsWith(runFolderPrefix)) continue;
      const other = store.join(folder, name);
      const left = await leftAt(store, other);
      if (left === undefined || isLiving(left, machine)) continue;
      if (await removed(store, other, { left, clock: machine.clock }))
        listener({ type: 'recovered', kind: 'removed', message: `A run was killed; its files were removed: ${other}` });
    }
  } catch (thrown) {
    const { message } = TidemarkError.from(thrown);
    listener({ type: 'recovered', kind: 'failed', message: `Cleaning up at ${folder} failed: ${message}` });
  }
}

/** What a run has in its folder. */
interface Left {
  readonly claim: Uint8Array;
  readonly process: z.output<typeof claimSchema>['process'];
  /** Milliseconds since 1970. */
  readonly lastSign: number;
  readonly isEmpty: boolean;
}

/** Undefined: no run of ours has claimed it, and it is left alone. */
async function leftAt(store: VersionStore, folder: string): Promise<Left | undefined> {
  const claim = await store.read(store.join(folder, claimName));
  const told = claim && parseForeign(Buffer.from(claim).toString(), claimSchema);
  if (told === undefined) return undefined;
  const names = (await store.list(folder)).map(({ name }) => name);
  const signs = names
    .filter((name) => name.startsWith(signPrefix))
    .map((name) => Number(name.slice(signPrefix.length)));
  return {
    ...{ claim: claim!, process: told.process },
    lastSign: Math.max(Date.parse(told.startedAt), ...signs),
    isEmpty: names.every((name) => name === claimName),
  };
}

function isLiving({ process, lastSign }: Left, { clock, processes }: Machine): boolean {
  const seen = processes.liveness(process);
  if (seen !== 'unknown') return seen === 'living';
  return clock.date().getTime() - lastSign <= staleAfter;
}

/** Whether there was something. The claim stays while the database may still write there. */
async function removed(
  store: VersionStore,
  folder: string,
  { left, clock }: { readonly left: Left; readonly clock: Clock },
): Promise<boolean> {
  const mayComeYet = clock.date().getTime() - left.lastSign <= writesOnFor;
  if (left.isEmpty && mayComeYet) return false;
  await store.removeFolder(folder);
  if (mayComeYet) await store.create(store.join(folder, claimName), left.claim);
  return !left.isEmpty;
}
