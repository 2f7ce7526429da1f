import type { VersionStore } from '../core/destination.js';
import { invalidRequest, TidemarkError } from '../core/errors.js';
import { pad } from '../manifest/logical-date.js';
import { hasChild } from '../version/children.js';
import type { FindDestination } from '../version/locate.js';
import { findWholeChain } from '../version/whole-chain.js';
import { type Commit, commitsOf, engine } from './commits.js';
import { tableFolder } from './placed-files.js';

/** Which table is told of. */
export interface DeltaOptions {
  /** One of the versions' tables; needed where they have several. */
  readonly table?: string;
  readonly destinationOf?: FindDestination;
}

/** What is in the log now. */
export interface DeltaLog {
  /** The folder that is the Delta table: `_delta_log` is in it. */
  readonly location: string;
  /** Versions of the dataset, as URIs: the first one is version 0 of the Delta table. */
  readonly versions: readonly string[];
  /** How many of them were written now. */
  readonly written: number;
  /** There was a log of another chain, or of another table, which is gone. */
  readonly replaced: boolean;
}

const folderName = '_delta_log';

/**
 * Writes the log that makes a chain's folder a Delta table, of which each version is one of the chain. Nothing else of the
 * versions changes, and what is there already stays: a log that is older grows.
 * @param location the newest version of a chain, or a folder with the versions of one
 * @throws request.invalid for a chain that is no such table, or not all of one, or a log that somebody else has written to;
 *   verification.failed for manifests that do not hold; destination.*
 */
export async function writeDeltaLog(location: string, options: DeltaOptions = {}): Promise<DeltaLog> {
  const chain = await findWholeChain(location, options.destinationOf);
  const newest = chain.at(-1)!;
  const { store } = newest.place;
  if (await hasChild(newest.place, newest.manifest)) {
    const { uri } = newest.manifest.version;
    throw invalidRequest(
      `delta: another version goes on from ${uri}, and would be missing in the table`,
      'Give the newest version of the chain, or the folder with all of them.',
    );
  }
  const root = tableFolder(newest);
  const log = store.join(root, folderName);
  const commits = await commitsOf(chain, options.table);
  const there = await commitsThere(store, log);
  const kept = keptOf(there, commits);
  const replaced = kept < there.length;
  if (replaced) await store.removeFolder(log);
  const fresh = replaced ? commits : commits.slice(kept);
  for (const [index, { content }] of fresh.entries()) {
    const name = fileName(commits.length - fresh.length + index);
    if (await store.create(store.join(log, name), Buffer.from(content))) continue;
    throw new TidemarkError('destination.io', `delta: somebody else writes ${name} in ${log}`, {
      hint: 'Run again when the other run is done.',
    });
  }
  return { location: root, versions: commits.map(({ version }) => version), written: fresh.length, replaced };
}

const fileName = (version: number): string => `${pad(version, 20)}.json`;

/** How many versions are there as they should be, from the first one on; less than there are where another one is. */
function keptOf(there: readonly string[], commits: readonly Commit[]): number {
  const different = there.findIndex((content, version) => content !== commits[version]?.content);
  return different < 0 ? there.length : different;
}

/** @throws request.invalid where not all of it was written here */
async function commitsThere(store: VersionStore, log: string): Promise<readonly string[]> {
  if ((await store.kindOf(log)) === undefined) return [];
  const names = (await store.list(log)).map(({ name }) => name).filter((name) => !name.startsWith('.'));
  const contents: string[] = [];
  for (const [version, name] of names.entries()) {
    const content = Buffer.from((await store.read(store.join(log, name))) ?? []).toString();
    if (name !== fileName(version) || !content.includes(`"engineInfo":"${engine}/`)) {
      throw invalidRequest(
        `delta: ${name} in ${log} was not written by tidemark`,
        'A log that others write to cannot be made again. Keep that table elsewhere; or remove the folder, and run again.',
      );
    }
    contents.push(content);
  }
  return contents;
}
