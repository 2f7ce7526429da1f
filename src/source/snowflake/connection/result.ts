import { TidemarkError } from '../../../core/errors.js';
import type { SnowflakeField } from './field.js';

/** A statement to run. Parameters stand as `?`, and come as texts. */
export interface Statement {
  readonly sql: string;
  readonly binds: readonly string[];
}

/** A part of a stored result, which is read at once. */
export interface ResultPart {
  readonly rows: number;
  /** Of its JSON, unpacked. */
  readonly bytes: number;
}

/** What a statement came to: rows that the service keeps for a day, in parts, of which the first came with the answer. */
export interface StoredResult {
  /** The statement's id. */
  readonly id: string;
  readonly rows: number;
  readonly fields: readonly SnowflakeField[];
  readonly parts: readonly ResultPart[];
  /** The rows of the first part, in JSON with commas between them. */
  readonly firstRows: string;
}

/** A stored result whose first rows may have come to somebody else. */
export type KnownResult = Pick<StoredResult, 'id'> &
  Partial<Pick<StoredResult, 'firstRows'>> & {
    /** As {@link StoredResult.parts}, where only rows are counted. */
    readonly parts: readonly Pick<ResultPart, 'rows'>[];
  };

/** Where the chunks of a result are, for a while. */
export interface ChunkList {
  /** Of the parts after the first. */
  readonly urls: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** How often it was asked for. */
  readonly generation: number;
}

/** Rows without the brackets around them. */
export const rowsText = (rows: readonly unknown[]): string => JSON.stringify(rows).slice(1, -1);

/** @throws source.protocol where the parts do not make the whole */
export function assertParts({ id, rows, parts }: StoredResult): void {
  const sum = parts.reduce((total, part) => total + part.rows, 0);
  if (sum === rows) return;
  throw new TidemarkError('source.protocol', `statement ${id}: its parts have ${sum} rows, and it has ${rows}`, {
    hint: 'Nothing is published. Run again.',
  });
}
