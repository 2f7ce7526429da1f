import { dirname, join } from 'node:path';
import type { DraftObjects, ObjectWriter } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import { assertInside } from '../../core/inner-path.js';
import type { FolderTicket } from './draft.js';
import { succeeds, tolerate } from '../../machine/failure.js';
import type { FileSystem } from '../../machine/file-system.js';
import { synced, writeAll } from '../../machine/write.js';
import { asDestinationFailure, destinationFailure } from './failure.js';

/** Bytes gathered before they are written; larger pieces are not copied. */
const bufferSize = 2 ** 18;
const spareBuffers: Buffer[] = [];
const mostSpareBuffers = 8;

/** What removing may meet; the staging folder goes as a whole when the run ends. */
const tolerated = ['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EIO'];

/** The files of one draft, in its staging folder. */
export function openFiles(fs: FileSystem, ticket: unknown): DraftObjects {
  const { files } = ticket as FolderTicket;
  return {
    create: (path) => new ObjectFile(fs, files, path),
    async takeOver(path, location) {
      assertInside(path);
      return asDestinationFailure('link', location, () => linked(fs, { files, path, location }));
    },
    async move(path, file) {
      assertInside(path);
      try {
        return await moved(fs, { files, path, file });
      } catch (thrown) {
        throw destinationFailure(thrown, 'write', join(files, path));
      }
    },
    async remove(path) {
      assertInside(path);
      tolerate(tolerated, () => fs.unlinkSync(join(files, path)));
    },
    aside(name) {
      const inside = asideIn(name);
      asDestinationFailure('make', join(files, inside), () => makeFoldersIn(fs, files, inside));
      return openFiles(fs, { files: join(files, inside) } satisfies FolderTicket);
    },
    async settle(path, aside) {
      assertInside(path);
      const from = join(files, asideIn(aside), path);
      asDestinationFailure('put in its place', from, () => {
        makeFoldersIn(fs, files, dirname(path));
        fs.linkSync(from, join(files, path));
        fs.unlinkSync(from);
      });
    },
  };
}

/** No name of a folder of a version begins so. */
const asideIn = (name: string): string => `.aside/${name}`;

/** What a file system says that has no second names for files, or not for this one. */
const unlinkable = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EEXIST', 'ENOENT'];

function linked(
  fs: FileSystem,
  { files, path, location }: { readonly files: string; readonly path: string; readonly location: string },
): boolean {
  makeFoldersIn(fs, files, dirname(path));
  // A link to a link would be one.
  return succeeds(unlinkable, () => fs.linkSync(fs.realpathSync(location), join(files, path)));
}

/** The name may be that of no other file: a link is made, and not a rename, which would replace one. */
async function moved(
  fs: FileSystem,
  { files, path, file }: { readonly files: string; readonly path: string; readonly file: string },
): Promise<boolean> {
  const fd = fs.openSync(file, 'r');
  try {
    await synced(fs, fd);
  } finally {
    fs.closeSync(fd);
  }
  makeFoldersIn(fs, files, dirname(path));
  if (!succeeds(unlinkable, () => fs.linkSync(file, join(files, path)))) return false;
  fs.unlinkSync(file);
  return true;
}

/** An object that is a file. The system takes whatever is written, so there is always room. */
export class ObjectFile implements ObjectWriter {
  #fd: number | undefined;
  #buffer: Buffer | undefined;
  #gathered = 0;
  #onDisk = 0;
  #done = false;

  readonly path: string;

  /** @param folder is there; what `name` has of folders is made. */
  constructor(
    private readonly fs: FileSystem,
    folder: string,
    name: string,
  ) {
    assertInside(name);
    this.path = join(folder, name);
    this.#fd = asDestinationFailure('make', this.path, () => {
      makeFoldersIn(fs, folder, dirname(name));
      return fs.openSync(this.path, 'wx');
    });
  }

  write(bytes: Uint8Array): void {
    const fd = this.#open();
    if (this.#gathered + bytes.length > bufferSize) this.#flush(fd);
    if (bytes.length >= bufferSize) {
      this.#put(fd, bytes);
      return;
    }
    this.#buffer ??= spareBuffers.pop() ?? Buffer.allocUnsafeSlow(bufferSize);
    this.#buffer.set(bytes, this.#gathered);
    this.#gathered += bytes.length;
  }

  room(): void {
    // Nothing to wait for.
  }

  async close(): Promise<void> {
    const fd = this.#open();
    this.#flush(fd);
    this.#giveBuffer();
    try {
      await synced(this.fs, fd);
    } catch (thrown) {
      throw this.#failure(thrown);
    }
    this.#end(this.#open());
  }

  async discard(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    this.#giveBuffer();
    const fd = this.#fd;
    this.#fd = undefined;
    // Whatever goes wrong here, the staging folder goes as a whole when the run is aborted.
    if (fd !== undefined) tolerate(['EIO', 'ENOSPC', 'EDQUOT', 'EBADF'], () => this.fs.closeSync(fd));
    tolerate(tolerated, () => this.fs.unlinkSync(this.path));
  }

  #open(): number {
    if (this.#fd === undefined) throw new TidemarkError('internal.bug', `${this.path} is closed already`);
    return this.#fd;
  }

  #flush(fd: number): void {
    if (this.#buffer === undefined || this.#gathered === 0) return;
    const bytes = this.#buffer.subarray(0, this.#gathered);
    this.#gathered = 0;
    this.#put(fd, bytes);
  }

  #put(fd: number, bytes: Uint8Array): void {
    try {
      writeAll(this.fs, fd, bytes, (count) => {
        this.#onDisk += count;
      });
    } catch (thrown) {
      throw this.#failure(thrown);
    }
  }

  #end(fd: number): void {
    this.#fd = undefined;
    try {
      // Network file systems may tell of a full disk only here.
      this.fs.closeSync(fd);
    } catch (thrown) {
      throw this.#failure(thrown);
    }
    this.#done = true;
  }

  #giveBuffer(): void {
    if (this.#buffer !== undefined && spareBuffers.length < mostSpareBuffers) spareBuffers.push(this.#buffer);
    this.#buffer = undefined;
  }

  #failure(thrown: unknown): TidemarkError {
    return destinationFailure(thrown, 'write', this.path, this.#onDisk);
  }
}

/** One by one: the draft's own folder may have gone, and must not come back. */
function makeFoldersIn(fs: FileSystem, folder: string, names: string): void {
  let path = folder;
  for (const name of names === '.' ? [] : names.split('/')) {
    path = join(path, name);
    tolerate(['EEXIST'], () => fs.mkdirSync(path));
  }
}
