import { z } from 'zod';
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
    await store.kindOf(location);
    await removeDead(store, location, { machine: ports.machine, listener: events.listener });
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
        events.warn(`${message}: files that the database has written stay at ${location}`);
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

/** Removes the folders of runs that were killed. A run goes on where that fails. */
async function removeDead(
  store: VersionStore,
  own: string,
  { machine, listener }: Pick<StagingEvents, 'listener'> & { readonly machine: Machine },
): Promise<void> {
  const { folder } = store.split(own);
  try {
    if ((await store.kindOf(folder)) !== 'folder') return;
    for (const { name, folder: isFolder } of await store.list(folder)) {
      const other = store.join(folder, name);
      if (!isFolder || !name.startsWith(runFolderPrefix) || (await isLiving(store, other, machine))) continue;
      await store.removeFolder(other);
      listener({ type: 'recovered', kind: 'removed', message: `A run was killed; its files were removed: ${other}` });
    }
  } catch (thrown) {
    const { message } = TidemarkError.from(thrown);
    listener({ type: 'recovered', kind: 'failed', message: `Cleaning up at ${folder} failed: ${message}` });
  }
}

/** What no run of ours has claimed is left alone, too. */
async function isLiving(store: VersionStore, folder: string, { clock, processes }: Machine): Promise<boolean> {
  const text = await store.read(store.join(folder, claimName));
  const claim = text && parseForeign(Buffer.from(text).toString(), claimSchema);
  if (claim === undefined) return true;
  const seen = processes.liveness(claim.process);
  if (seen !== 'unknown') return seen === 'living';
  const names = (await store.list(folder)).map(({ name }) => name).filter((name) => name.startsWith(signPrefix));
  const signs = names.map((name) => Number(name.slice(signPrefix.length)));
  return clock.date().getTime() - Math.max(Date.parse(claim.startedAt), ...signs) <= staleAfter;
}
