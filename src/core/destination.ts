import type { ReadableFile } from './format.js';
import type { FreeSpace } from './free-space.js';

/** What a destination says of itself before anything of it is loaded. */
export interface DestinationDescription {
  /** Its name: `folder`. */
  readonly kind: string;
  /** Schemes of its locations, without `://`; a location without a scheme is a path. */
  readonly schemes: readonly string[];
  /** For the coordinator. */
  loadConnect(): Promise<ConnectDestination>;
  /** For whoever writes, in whatever thread. */
  loadOpenObjects(): Promise<OpenObjects>;
  /** For whoever reads versions. */
  loadStore(): Promise<VersionStore>;
}

/** @param location where versions go, as the destination's store resolves it: the absolute path of an outputs folder */
export type ConnectDestination = (location: string, announcements: AnnouncementFile) => Destination;

/** @param ticket a draft's */
export type OpenObjects = (ticket: unknown) => DraftObjects;

/**
 * The file at a destination's root in which a platform looks for lines about files. Lines make a version known; that it is
 * there is another matter.
 */
export interface AnnouncementFile {
  readonly name: string;
  /** Whether a line speaks of the dataset version `uri`. Lines of others may be anything. */
  names(line: string, uri: string): boolean;
}

/** A dataset version, by its names. */
export interface VersionPlace {
  readonly dataset: string;
  readonly version: string;
}

/** Where versions go. Methods throw destination.denied, destination.full, destination.io. */
export interface Destination {
  /** Whether a platform may look for the announcement file here. Where none does, announcements are not written. */
  readonly announces: boolean;
  /** The folder on a local disk below which drafts have scratch data; undefined: they have none. */
  readonly scratchRoot: string | undefined;
  /** What is free for versions; undefined: there is no limit that can be told. Reads only. */
  freeSpace(): Promise<FreeSpace | undefined>;
  /** Where a version's files are once it is published, for people. */
  locationOf(version: VersionPlace): string;
  /**
   * Cleans up after runs that were killed: of these datasets at least. Runs that live are left alone.
   * @throws the signal's reason
   */
  recover(datasets: readonly string[], signal?: AbortSignal): Promise<readonly RecoveryReport[]>;
  /** Reads only. @throws request.version-exists, request.invalid */
  assertAbsent(version: VersionPlace): Promise<void>;
  /** Checks that the version can be made here, and makes room for its files. Call `recover` first. @throws request.* too */
  openDraft(request: DraftRequest): Promise<Draft>;
  /** Where the run leaves word that makes a version together with others, as its draft has it: {@link Draft.board}. Undefined: no such run is there. */
  findBoard(version: VersionPlace): Promise<string | undefined>;
}

/** A version that is to be made. */
export interface VersionRequest extends VersionPlace {
  /** The folder of the draft's objects in which its files are written; absent: none. */
  readonly from?: string;
  /** File names that the version will use: tried out, so that a name that cannot be is found before the source is asked. */
  readonly names?: readonly string[];
}

export interface DraftRequest extends VersionRequest {
  /** The run's short random name: letters, digits, `.`, `_`, `-`. */
  readonly run: string;
  /** Others write objects of the draft, too, from wherever they are. Absent: this run alone does. */
  readonly shared?: boolean;
  /** Versions that are published together with this one: all of them or none. */
  readonly siblings?: readonly VersionRequest[];
}

/** What is known of a run that was killed, for one that goes on with it. */
export interface RunNote {
  /** That was read, as its source was told of it: `OpenSource.moment`. */
  readonly moment: string;
  /** A hash of what was asked of the source. */
  readonly request: string;
}

/** A version in the making: nothing of it can be seen until `publish`. */
export interface Draft {
  /** What a thread needs to write objects of the version; plain data. */
  readonly ticket: unknown;
  /** Where the version will be, for people. */
  readonly location: string;
  /** A location for word between those who write objects of the draft, to be made, that goes with it however the run ends; undefined: it is not shared. */
  readonly board: string | undefined;
  /** A folder on a local disk, to be made, that goes with the draft however the run ends; undefined: it has none. */
  readonly scratch: string | undefined;
  /** Keeps a note beside the draft, which {@link Destination.recover} tells when the run was killed. @throws destination.* */
  note(note: RunNote): Promise<void>;
  /**
   * Makes the version appear, all at once, then announces it; with its siblings, all or none. When it rejects, nothing of it can be seen; `abort` removes
   * the rest. Once it has resolved, nothing takes the version back.
   * @returns warnings: what could not be cleared away behind it, for people
   * @throws request.version-exists, destination.*; the signal's reason
   */
  publish(request: PublishRequest): Promise<readonly string[]>;
  /** Removes everything of this run; may be called at any time and more than once. Does nothing to a published version. */
  abort(): Promise<void>;
  /** As much of that as can be done at once, for handlers that run when the process ends. Throws nothing. */
  abortSync(): void;
}

/** An object of a version, by its path inside it, and the bytes that its writer counted. */
export interface WrittenObject {
  readonly path: string;
  readonly bytes: number;
}

/** What a version consists of. */
export interface VersionFiles {
  /** Shards and sidecars, all closed. What else was written goes. */
  readonly files: readonly WrittenObject[];
  readonly manifest: { readonly name: string; readonly bytes: Uint8Array };
}

export interface PublishRequest extends VersionFiles {
  /** In the order of the draft's. */
  readonly siblings?: readonly VersionFiles[];
  /** Which of the draft's versions, its own being the first, are not made after all; never all of them. */
  readonly leftOut?: readonly number[];
  /** Lines for the announcement file, without their newlines. */
  readonly announcements: readonly string[];
  readonly signal?: AbortSignal;
}

/** The objects of one draft. */
export interface DraftObjects {
  /** @param path inside the version, with `/`; known before the first byte, since not every destination can rename */
  create(path: string): ObjectWriter;
  /**
   * Makes a file of another version of the destination an object of this one, too, without writing it again.
   * @param location of the file, as the destination's store has it
   * @returns false where the destination cannot do that, or something of that name is there
   */
  takeOver(path: string, location: string): Promise<boolean>;
  /**
   * Makes a copy of a file that lies in the same store an object of this one, without its bytes passing through here.
   * Absent: the destination cannot.
   * @param location of the file, as the destination's store has it
   * @param state that it was read in: a file of another one is not copied
   * @returns false where it lies in another store
   */
  copy?(path: string, location: string, state: string): Promise<boolean>;
  /**
   * Makes a file of this machine an object, which is closed then and no file any more where it was. Absent: the destination cannot.
   * @returns false where it lies on another disk
   */
  move?(path: string, file: string): Promise<boolean>;
  /** Takes a closed object away again. */
  remove(path: string): Promise<void>;
  /**
   * Objects that may become some of the draft's, or may not: whatever is written there is in nobody's way.
   * @param name of who writes them: letters, digits, hyphens
   */
  aside(name: string): DraftObjects;
  /**
   * Makes a closed object that was written aside one of the draft's.
   * @param aside the name
   * @throws destination.io where it is not there, or something of its path is
   */
  settle(path: string, aside: string): Promise<void>;
}

/**
 * An object that is being written. The hot path is synchronous: the caller's bytes are taken when `write` returns, and whether
 * it should wait is asked apart. Every method throws destination.*; call `discard` then.
 */
export interface ObjectWriter {
  write(bytes: Uint8Array): void;
  /** A promise where more is on its way than should be: to be awaited before the next large `write`. */
  room(): void | Promise<void>;
  /** Resolves when all bytes are where they will last. */
  close(): Promise<void>;
  /** Ends and removes the object. May be called at any time, also twice; does nothing to one that was closed well. */
  discard(): Promise<void>;
}

/** What was found of another run at a destination. */
export interface RecoveryReport {
  /**
   * `removed`: a dead run's unfinished files went. `completed`: a dead run's version was whole, and is now announced.
   * `living`: another run is at work, and was left alone. `failed`: something stays; the message says why.
   */
  readonly kind: 'removed' | 'completed' | 'living' | 'failed';
  readonly run: string;
  /** For people: one or two sentences. */
  readonly message: string;
  /** Of a run whose files went: what it had noted. */
  readonly note?: RunNote | undefined;
}

/**
 * Where versions are read. Locations are the store's own texts, taken apart and put together by it alone. Methods throw
 * destination.denied and destination.io.
 */
export interface VersionStore {
  /** A location in its full form. */
  resolve(location: string): string;
  join(folder: string, name: string): string;
  /** The folder that something lies in, and its name there. */
  split(location: string): { readonly folder: string; readonly name: string };
  /** How other programs name what is there, wherever they run; undefined: only those of this machine can. */
  urlOf(location: string): string | undefined;
  /** The other way: what a program means by that name whose files lie in a folder, or have been brought there from where it wrote them. */
  named(url: string, folder: string): string;
  kindOf(location: string): Promise<'file' | 'folder' | undefined>;
  /** What is in a folder, by name. @throws request.invalid where there is no such folder */
  list(folder: string): Promise<readonly StoreEntry[]>;
  /**
   * Undefined where there is no such file.
   * @param most bytes that it may have; `mostParsedBytes` unless given
   * @throws destination.io for one that has more
   */
  read(location: string, most?: number): Promise<Uint8Array | undefined>;
  /** Undefined where there is nothing of that name. */
  open(location: string): Promise<StoredObject | undefined>;
  /** Puts a file beside versions, with the folder that it is in: all of it at once, or false where there is one of its name. */
  create(location: string, bytes: Uint8Array): Promise<boolean>;
  /** Puts a file beside versions in the place of the one that may be there: whoever reads it finds all of one of them. */
  replace(location: string, bytes: Uint8Array): Promise<void>;
  /** Removes a folder beside versions with all that is in it. Does nothing where there is none. */
  removeFolder(location: string): Promise<void>;
}

export interface StoreEntry {
  readonly name: string;
  readonly folder: boolean;
}

export interface StoredObject extends ReadableFile {
  /** What tells it from others that had or will have its name; undefined: nothing does. */
  readonly state?: string;
  /** Undefined: it is no file. */
  readonly size: number | undefined;
  close(): Promise<void>;
}
