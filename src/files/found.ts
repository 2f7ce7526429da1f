import type { ForeignFile } from '../core/source.js';
import type { ConnectionSettings } from '../core/source-request.js';
import type { Column } from '../core/types.js';
import type { StoreOwner } from './ticket.js';

/** Files of one table, that have the same columns. */
export interface FoundTable {
  /** `orders`, or as the engine names it: `shop.public.orders`. */
  readonly name: string;
  readonly columns: readonly Column[];
  /** In the order of their names. None: an engine has written no rows. */
  readonly files: readonly ForeignFile[];
}

/** What was found at a location, before a row is read: a source, as a connection to a database is one. */
export interface FoundFiles extends ConnectionSettings {
  readonly store: StoreOwner;
  /** The format's name. */
  readonly format: string;
  /** Who says which files there are. */
  readonly listedBy: Listing['listedBy'];
  readonly tables: readonly FoundTable[];
  /** Names of what wrote them, as they say. */
  readonly writers: readonly string[];
  /** How column chunks are compressed, by the format's names. */
  readonly codecs: readonly string[];
  /** Bytes that the largest row group of all has in its file. */
  readonly largestRowGroup: number;
}

/** A file that is to be looked at. */
export interface ListedFile {
  readonly path: string;
  readonly location: string;
  /** As its engine says. */
  readonly rows?: number | undefined;
  readonly bytes?: number | undefined;
}

export interface ListedTable {
  readonly name: string;
  readonly files: readonly ListedFile[];
}

/** Which files there are. */
export interface Listing {
  /** `folder`: their names; otherwise the list that an engine has left beside them. */
  readonly listedBy: 'folder' | 'redshift-manifest' | 'rds-export';
  readonly tables: readonly ListedTable[];
  readonly warnings: readonly string[];
}
