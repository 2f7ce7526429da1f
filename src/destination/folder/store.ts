import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { StoredObject, StoreEntry, VersionStore } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import { assertReadable } from '../../core/read-limits.js';
import { schemeOf } from '../../core/url-scheme.js';
import { errno, succeeds } from '../../machine/failure.js';
import type { FileSystem } from '../../machine/file-system.js';
import { makeFolders, removeNow } from '../../machine/folders.js';
import { syncFolder, writeDurably } from '../../machine/write.js';
import { asDestinationFailure } from './failure.js';

/** Versions in folders, for whoever reads them. Locations are absolute paths. */
export const folderStore = (fs: FileSystem): VersionStore => ({
  resolve: (location) => resolve(location),
  join: (folder, name) => join(folder, name),
  split: (location) => ({ folder: dirname(location), name: basename(location) }),
  urlOf: () => undefined,
  named: (url, folder) => (schemeOf(url) === undefined ? resolve(folder, url) : join(folder, withPartitions(url))),
  async kindOf(location) {
    const found = await orNothing(location, fs.promises.stat(location));
    if (found === undefined) return undefined;
    return found.isDirectory() ? 'folder' : 'file';
  },
  async list(folder) {
    const entries = await orNothing(folder, fs.promises.readdir(folder, { withFileTypes: true }));
    if (entries === undefined) throw noFolder(folder);
    return entries
      .map((entry): StoreEntry => ({ name: entry.name, folder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  async read(location, most) {
    const found = await orNothing(location, fs.promises.stat(location));
    if (found === undefined) return undefined;
    if (!found.isFile()) throw noFile(location);
    assertReadable(found.size, location, most);
    return orNothing(location, fs.promises.readFile(location));
  },
  async open(location) {
    const found = await orNothing(location, fs.promises.stat(location));
    // Opening a pipe might never end.
    if (found?.isFile() === false) return notAFile;
    const handle = await orNothing(location, fs.promises.open(location));
    return handle && storedFile(handle);
  },
  async create(location, bytes) {
    asDestinationFailure('write', location, () => makeFolders(fs, dirname(location)));
    return createWhole(fs, location, bytes);
  },
  replace: async (location, bytes) => replaceWhole(fs, location, bytes),
  removeFolder: async (location) =>
    asDestinationFailure('remove', location, () => {
      removeNow(fs, location);
    }),
});

/** By a second name of a file that is whole: no reader finds a part of it, and of two writers one is refused. */
function createWhole(fs: FileSystem, path: string, bytes: Uint8Array): boolean {
  return writeAside(fs, path, bytes, (temporary) => {
    const isMade = succeeds(['EEXIST'], () => fs.linkSync(temporary, path));
    syncFolder(fs, dirname(path));
    return isMade;
  });
}

/** The folder is there: one that has gone does not come back for it. */
const replaceWhole = (fs: FileSystem, path: string, bytes: Uint8Array): void =>
  writeAside(fs, path, bytes, (temporary) => fs.renameSync(temporary, path));

/** Writes a file under another name beside it, which `put` puts into its place. */
function writeAside<T>(fs: FileSystem, path: string, bytes: Uint8Array, put: (temporary: string) => T): T {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  return asDestinationFailure('write', path, () => {
    try {
      writeDurably(fs, temporary, bytes);
      return put(temporary);
    } finally {
      fs.rmSync(temporary, { force: true });
    }
  });
}

const notAFile: StoredObject = {
  size: undefined,
  read: () => Promise.resolve({ bytesRead: 0 }),
  close: () => Promise.resolve(),
};

function noFile(path: string): TidemarkError {
  return new TidemarkError('destination.io', `${path} cannot be read: it is no file`, {
    hint: 'Something else has the name of a file of the version. Fetch the version again.',
  });
}

async function storedFile(handle: FileHandle): Promise<StoredObject> {
  const info = await handle.stat();
  return {
    size: info.isFile() ? info.size : undefined,
    state: `${info.mtimeMs} ${info.ino}`,
    read: (buffer, offset, length, position) => handle.read(buffer, offset, length, position),
    close: () => handle.close(),
  };
}

/** Undefined where there is nothing of that name. */
async function orNothing<T>(path: string, asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (cause) {
    const code = errno(cause);
    // The last: links that lead to each other.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw unreadable(path, cause, code);
  }
}

/** A file's name, with the folders around it that tell its partition: they come with it wherever it is brought. */
const withPartitions = (url: string): string => /(?:[^/]*=[^/]*\/)*[^/]*$/.exec(url)![0];

function noFolder(path: string): TidemarkError {
  return new TidemarkError('request.invalid', `location: there is no folder ${path}`, {
    hint: "Give a version's folder, or an outputs folder that holds exactly one version.",
  });
}

function unreadable(path: string, cause: unknown, code: string | undefined): TidemarkError {
  if (code === 'EACCES' || code === 'EPERM') {
    return new TidemarkError('destination.denied', `${path} cannot be read: permission denied`, {
      cause,
      hint: 'Run as a user that may read it, or change its permissions.',
    });
  }
  return new TidemarkError('destination.io', `${path} cannot be read: ${code ?? String(cause)}`, { cause });
}
