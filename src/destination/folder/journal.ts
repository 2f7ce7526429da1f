import * as z from 'zod';
import { isInside } from '../../core/inner-path.js';
import type { FileSystem } from '../../machine/file-system.js';
import { identitySchema } from '../../machine/identity-schema.js';
import { readForeign, readForeignOrFail } from '../../machine/read.js';
import { syncFolder, writeDurably } from '../../machine/write.js';
import { isSegment, journalIn } from './layout.js';

// A journal may be anybody's: no path in it leads out of the folders of its run.
const segment = z.string().refine(isSegment);
const inside = z.string().refine(isInside);

/** What a version consists of. */
const versionSchema = z.object({
  manifest: z.object({ name: inside, sha256: z.string() }),
  /** All files of the version but the manifest, by their path inside it, with the bytes that their writers counted. */
  files: z.array(z.object({ path: inside, bytes: z.number() })),
});

/** What a run was about to publish: enough to finish it when it was killed after a version appeared. */
const publicationSchema = versionSchema.extend({
  /** Versions that appear together with it, in the order of the journal's. */
  siblings: z.array(versionSchema).optional(),
  /** The lines of the announcement file, without their newlines. */
  lines: z.array(z.string()),
});

export type NotedVersion = z.infer<typeof versionSchema>;

const targetSchema = z.object({
  dataset: segment,
  version: segment,
  /** Whether the dataset's folder was there before the run. */
  datasetWasThere: z.boolean(),
});

const journalSchema = z.object({
  format: z.literal(1),
  run: z.string(),
  startedAt: z.string(),
  process: identitySchema,
  /** What the run makes; absent where it only cleans up after others. */
  target: targetSchema.optional(),
  /** Versions that it makes together with it. */
  siblings: z.array(targetSchema).optional(),
  /** For a run that goes on with this one. */
  note: z.object({ moment: z.string(), request: z.string() }).optional(),
  /** Present from the moment when publishing begins. */
  publication: publicationSchema.optional(),
});

export type Journal = z.infer<typeof journalSchema>;

const newJournalIn = (root: string): string => `${journalIn(root)}.new`;

/** Replaces the journal as a whole: whoever reads it finds the old one or the new one. */
export function writeJournal(fs: FileSystem, root: string, journal: Journal): void {
  const temporary = newJournalIn(root);
  writeDurably(fs, temporary, Buffer.from(`${JSON.stringify(journal)}\n`));
  fs.renameSync(temporary, journalIn(root));
  syncFolder(fs, root);
}

/** The journal of a staging folder; undefined where there is none, or none that can be read. */
export function readJournal(fs: FileSystem, root: string): Journal | undefined {
  return readForeign(fs, journalIn(root), journalSchema);
}

/** The same, for whoever must not take a journal that cannot be read for none. @throws what the file system says */
export function readJournalOrFail(fs: FileSystem, root: string): Journal | undefined {
  return readForeignOrFail(fs, journalIn(root), journalSchema);
}

/** Whose staging folder it is, even when the run died before its first journal had its name; else undefined. */
export function readOwner(fs: FileSystem, root: string): Journal['process'] | undefined {
  return (readJournal(fs, root) ?? readForeign(fs, newJournalIn(root), journalSchema))?.process;
}
