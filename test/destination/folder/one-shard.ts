import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { PublishRequest } from '../../../src/core/destination.js';
import { connectFolder, type FolderDestination } from '../../../src/destination/folder/connect.js';
import type { FolderDraft } from '../../../src/destination/folder/draft.js';
import { openFiles } from '../../../src/destination/folder/object-file.js';
import type { FileSystem } from '../../../src/machine/file-system.js';
import { type Machine, thisMachine } from '../../../src/machine/machine.js';
import { valohaiAnnouncements } from '../../../src/manifest/valohai.js';
import { leftovers } from './outputs.js';

export const sales = { dataset: 'sales', version: 'v1', run: 'r1' };
export const line =
  '{"file":"sales/v1/s-0.parquet","metadata":{"valohai.dataset-versions":[{"uri":"dataset://sales/v1"}]}}';

/** The outputs folder `out`, as a run has it; on a machine that is this one but for what is given. */
export const outputs = (out: string, machine: Partial<Machine> = {}): FolderDestination =>
  connectFolder({ ...thisMachine, ...machine }, out, valohaiAnnouncements);

/** This machine's file system, but for some of its calls. */
export const fileSystem = (calls: Partial<FileSystem> = {}): FileSystem => ({ ...thisMachine.fs, ...calls });

/** Writes a file of the draft whole. */
export async function writeFile(draft: Pick<FolderDraft, 'ticket'>, path: string, content: string): Promise<void> {
  const file = openFiles(thisMachine.fs, draft.ticket).create(path);
  file.write(Buffer.from(content));
  await file.close();
}

/** Writes one shard, and says what publishing it takes. */
export async function oneShard(draft: FolderDraft): Promise<PublishRequest> {
  await writeFile(draft, 's-0.parquet', 'shard');
  return {
    files: [{ path: 's-0.parquet', bytes: 5 }],
    manifest: { name: '_manifest.v1.json', bytes: Buffer.from(JSON.stringify({ shards: [shard] })) },
    announcements: [line],
  };
}

const shard = {
  path: 's-0.parquet',
  bytes: 5,
  sha256: 'df3598cd66f1bb5bc4e2c17be89b7c7ecf0c81e53939f471a6b72db8d139edae',
};

/** Cleans up later, when a run that cannot be told to be dead has not been heard of for long. */
export async function recoverLater(out: string): Promise<void> {
  const before = new Date(Date.now() - 600_000);
  for (const staging of leftovers(out)) {
    for (const path of [join(out, staging, 'heartbeat'), join(out, staging)]) {
      if (existsSync(path)) utimesSync(path, before, before);
    }
  }
  await outputs(out).recover();
}
