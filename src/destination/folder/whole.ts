import { join } from 'node:path';
import type { WrittenObject } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import { formatCount } from '../../core/units.js';
import { tolerate } from '../../machine/failure.js';
import type { FileSystem } from '../../machine/file-system.js';
import { asDestinationFailure } from './failure.js';

/** The first file that is not there as it was written, and its size now; undefined size: it is gone, or no file. */
export function findChanged(
  fs: FileSystem,
  folder: string,
  files: readonly WrittenObject[],
): { readonly file: WrittenObject; readonly size: number | undefined } | undefined {
  for (const file of files) {
    const size = sizeOf(fs, join(folder, file.path));
    if (size !== file.bytes) return { file, size };
  }
  return undefined;
}

/**
 * Refuses a staged version that somebody else has cut, grown or removed files of. The bytes told are those that the writer
 * counted, so that nothing that happened to a file since then goes unseen.
 * @throws destination.io
 */
export function assertWhole(fs: FileSystem, folder: string, files: readonly WrittenObject[]): void {
  const changed = findChanged(fs, folder, files);
  if (changed !== undefined) throw changedFile(join(folder, changed.file.path), changed.file.bytes, changed.size);
}

export function changedFile(path: string, written: number, size: number | undefined): TidemarkError {
  const now = size === undefined ? 'it is no longer there' : `it has ${formatCount(size)} bytes now`;
  return new TidemarkError(
    'destination.io',
    `cannot publish ${path}: ${formatCount(written)} bytes were written to it, and ${now}`,
    {
      hint: 'Something else changes files in the outputs folder, or its disk lost them. Find out what, then run again: nothing of this run stays.',
    },
  );
}

function sizeOf(fs: FileSystem, path: string): number | undefined {
  const found = asDestinationFailure('look at', path, () => tolerate(['ENOENT', 'ENOTDIR'], () => fs.lstatSync(path)));
  return found?.isFile() ? found.size : undefined;
}
