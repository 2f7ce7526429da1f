import { join } from 'node:path';
import { TidemarkError } from '../core/errors.js';
import { errno, tolerate } from '../machine/failure.js';
import type { FileSystem } from '../machine/file-system.js';
import { makeFolders, removeMade, removeNow } from '../machine/folders.js';
import { identitySchema } from '../machine/identity-schema.js';
import type { Machine } from '../machine/machine.js';
import { readForeign } from '../machine/read.js';
import { asScratchFailure } from './failure.js';

const prefix = 'tidemark-';
/** In a run's own folder: which process it belongs to. */
const ownerName = 'owner.json';
/** Ends the name of a folder that is being removed: whoever finds one may go on, since it may have lost the name of its owner. */
const retiredSuffix = '~';
/** Only what has the form of such a name: others keep copies of what they edit under names that end so. */
const retiredName = /^tidemark-[A-Za-z0-9]{6}~$/;

/** A folder of this run's own, as it travels to threads. */
export interface ScratchTicket {
  /** Its absolute path. */
  readonly folder: string;
  /** The folder that it lies in, and the first one that was made for it. */
  readonly parent: string;
  readonly made: string | undefined;
}

/**
 * Makes a folder of this run's own in `parent`, which is made too where it is missing. Folders there of runs that were
 * killed on this machine go.
 * @throws scratch.io, scratch.full
 */
export function makeScratch({ fs, processes }: Machine, parent: string): ScratchTicket {
  return asScratchFailure('make a folder in', parent, () => {
    const made = makeFolders(fs, parent);
    if (made === undefined) removeThoseOfTheDead({ fs, processes }, parent);
    let folder: string | undefined;
    try {
      folder = fs.mkdtempSync(join(parent, prefix));
      fs.writeFileSync(join(folder, ownerName), JSON.stringify(processes.own()));
      return { folder, parent, made };
    } catch (thrown) {
      if (folder !== undefined) removeNow(fs, folder);
      removeMade(fs, parent, made);
      throw thrown;
    }
  });
}

/**
 * Removes the folder with all that is in it, at once. Throws nothing: it is called when something else has failed.
 * @returns why it stays, if it does; another run at the same place removes it when this process has ended
 */
export function removeScratch(fs: FileSystem, { folder, parent, made }: ScratchTicket): TidemarkError | undefined {
  try {
    asScratchFailure('remove', folder, () => removeNow(fs, retired(fs, folder)));
    removeMade(fs, parent, made);
    return undefined;
  } catch (thrown) {
    return TidemarkError.from(thrown);
  }
}

/** Its name from now on. */
function retired(fs: FileSystem, folder: string): string {
  const ending = folder + retiredSuffix;
  try {
    fs.renameSync(folder, ending);
    return ending;
  } catch (thrown) {
    // It was renamed before, or keeps its name: Windows does not take that of a folder with open files.
    if (errno(thrown) === undefined) throw thrown;
    return fs.existsSync(ending) ? ending : folder;
  }
}

/** Whose owner cannot be seen from here, in another container or on another host, may live: it stays. */
function removeThoseOfTheDead({ fs, processes }: Pick<Machine, 'fs' | 'processes'>, parent: string): void {
  const names = tolerate(['EACCES', 'EPERM'], () => fs.readdirSync(parent)) ?? [];
  for (const name of names.filter((name) => name.startsWith(prefix))) {
    const folder = join(parent, name);
    const owner = readForeign(fs, join(folder, ownerName), identitySchema);
    const isDead = owner !== undefined && processes.liveness(owner) === 'dead';
    const isRetired = retiredName.test(name);
    if (!isDead && !isRetired) continue;
    try {
      removeNow(fs, isRetired ? folder : retired(fs, folder));
    } catch {
      // Another run removes it too, or this one may not.
    }
  }
}
