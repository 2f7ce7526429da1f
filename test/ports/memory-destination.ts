import type {
  AnnouncementFile,
  Destination,
  DestinationDescription,
  DraftObjects,
  OpenObjects,
  VersionStore,
} from '../../src/core/destination.js';
import { TidemarkError } from '../../src/core/errors.js';

/** Versions in memory: what a destination has to be, and no more. Locations are `memory:/…`. */
export class MemoryDestination implements DestinationDescription {
  readonly kind = 'memory';
  readonly schemes = ['memory'];
  readonly loadConnect = async () => this.connect;
  readonly loadOpenObjects = async () => this.openObjects;
  readonly loadStore = async () => this.store;
  readonly files = new Map<string, Buffer>();
  /** What it says is free; undefined: there is no limit. */
  freeBytes: number | undefined;
  private readonly drafts = new Map<string, Map<string, Buffer>>();
  /** By the location of a version, where its run leaves word. */
  private readonly boards = new Map<string, string>();

  readonly connect = (root: string, { name }: AnnouncementFile): Destination => {
    const locationOf: Destination['locationOf'] = ({ dataset, version }) => `${root}/${dataset}/${version}`;
    const assertAbsent: Destination['assertAbsent'] = async (version) => {
      if (await this.store.kindOf(locationOf(version)))
        throw new TidemarkError('request.version-exists', 'it is there');
    };
    return {
      announces: true,
      scratchRoot: undefined,
      freeSpace: async () =>
        this.freeBytes === undefined ? undefined : { place: root, bytes: this.freeBytes, disk: 'memory' },
      locationOf,
      assertAbsent,
      recover: async () => [],
      openDraft: async (request) => {
        await assertAbsent(request);
        const [{ run }, location] = [request, locationOf(request)];
        const objects = new Map<string, Buffer>();
        this.drafts.set(run, objects);
        const board = request.shared ? `${root}/_board/${run}` : undefined;
        if (board !== undefined && this.boards.has(location))
          throw new TidemarkError('request.version-exists', `${location} is being made by another run`);
        if (board !== undefined) this.boards.set(location, board);
        const end = (): void => {
          this.drafts.delete(run);
          if (board === undefined) return;
          this.boards.delete(location);
          void this.store.removeFolder(board);
        };
        return {
          ticket: { run },
          location,
          board,
          scratch: undefined,
          note: async () => undefined,
          publish: async ({ files, manifest, announcements, signal }) => {
            signal?.throwIfAborted();
            await assertAbsent(request);
            const changed = files.find(({ path, bytes }) => objects.get(path)?.length !== bytes);
            if (changed) throw new TidemarkError('destination.io', `${changed.path} was changed`);
            for (const { path } of files) this.files.set(`${location}/${path}`, objects.get(path)!);
            this.files.set(`${location}/${manifest.name}`, Buffer.from(manifest.bytes));
            const news = [this.files.get(`${root}/${name}`) ?? '', ...announcements.map((line) => `${line}\n`)];
            this.files.set(`${root}/${name}`, Buffer.from(news.join('')));
            end();
            return [];
          },
          abort: async () => end(),
          abortSync: end,
        };
      },
      findBoard: async (version) => this.boards.get(locationOf(version)),
    };
  };

  readonly openObjects: OpenObjects = (ticket) => this.objectsOf(this.drafts.get((ticket as { run: string }).run)!, '');

  private objectsOf(objects: Map<string, Buffer>, before: string): DraftObjects {
    return {
      aside: (name) => this.objectsOf(objects, `.aside/${name}/`),
      settle: async (path, name) => {
        const written = objects.get(`.aside/${name}/${path}`);
        if (written === undefined || objects.has(path)) throw new TidemarkError('destination.io', `no ${path}`);
        objects.delete(`.aside/${name}/${path}`);
        objects.set(path, written);
      },
      create: (given) => {
        const path = before + given;
        if (objects.has(path)) throw new TidemarkError('destination.io', `${path} is taken`);
        if (/(^|\/)(\.\.?)?(\/|$)|\\/.test(path)) throw new TidemarkError('internal.bug', `${path} is outside`);
        const pieces: Buffer[] = [];
        let closed = false;
        objects.set(path, Buffer.alloc(0));
        return {
          write: (bytes) => void pieces.push(Buffer.from(bytes)),
          // There is room, but not before others had their turn.
          room: () => new Promise((resolve) => setImmediate(resolve)),
          close: async () => {
            closed = true;
            objects.set(path, Buffer.concat(pieces));
          },
          discard: async () => void (closed || objects.delete(path)),
        };
      },
      takeOver: async (given, location) => {
        const path = before + given;
        const file = this.files.get(location);
        if (file === undefined || objects.has(path)) return false;
        objects.set(path, file);
        return true;
      },
      remove: async (path) => void objects.delete(before + path),
    };
  }

  readonly store: VersionStore = {
    resolve: (location) => location.replace(/\/$/, ''),
    join: (folder, name) => `${folder}/${name}`,
    split: (location) => {
      const at = location.lastIndexOf('/');
      return { folder: location.slice(0, at), name: location.slice(at + 1) };
    },
    urlOf: () => undefined,
    named: (url) => url,
    kindOf: async (location) => {
      if (this.files.has(location)) return 'file';
      return [...this.files.keys()].some((path) => path.startsWith(`${location}/`)) ? 'folder' : undefined;
    },
    list: async (folder) => {
      const below = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`));
      if (below.length === 0) throw new TidemarkError('request.invalid', `there is no folder ${folder}`);
      const entries = below.map((path) => {
        const [name = '', ...rest] = path.slice(folder.length + 1).split('/');
        return [name, { name, folder: rest.length > 0 }] as const;
      });
      return [...new Map(entries).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read: async (location) => this.files.get(location),
    create: async (location, bytes) => {
      if (this.files.has(location)) return false;
      this.files.set(location, Buffer.from(bytes));
      return true;
    },
    replace: async (location, bytes) => void this.files.set(location, Buffer.from(bytes)),
    removeFolder: async (location) => {
      for (const path of this.files.keys()) if (path.startsWith(`${location}/`)) this.files.delete(path);
    },
    open: async (location) => {
      const file = this.files.get(location);
      return (
        file && {
          size: file.length,
          read: async (buffer, offset, length, position) => {
            const part = file.subarray(position, position + length);
            buffer.set(part, offset);
            return { bytesRead: part.length };
          },
          close: async () => undefined,
        }
      );
    },
  };
}
