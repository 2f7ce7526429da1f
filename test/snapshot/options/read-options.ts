import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { type OptionContext, type OptionInput, type OptionSet, readOptions } from '../../../src/snapshot/options.js';
import { plainContext } from './context.js';

/** A folder of a test file's own, which goes when the file is done. */
const folder = await mkdtemp(path.join(tmpdir(), 'tidemark-options-'));
afterAll(() => rm(folder, { recursive: true }));

/** Reads options in that folder. @param yaml the text of a file there */
export async function read(input: OptionInput, yaml?: string, env: OptionContext['env'] = {}): Promise<OptionSet> {
  if (yaml !== undefined) await writeFile(path.join(folder, 'options.yaml'), yaml);
  const configFile = yaml === undefined ? false : 'options.yaml';
  return readOptions({ configFile, ...input }, plainContext({ cwd: folder, env }));
}

export const messages = (set: OptionSet): string[] => set.problems.map((problem) => problem.message);
