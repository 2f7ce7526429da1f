import QueryStream from 'pg-query-stream';

/** Bytes of rows that a page should bring, and the most rows that it may. */
const pageBytes = 512 << 10;
const maxRows = 2000;
const firstRows = 50;

/** A row as pg gives it: texts, as the server wrote them. */
export type TextRow = readonly (string | null)[];

/** The part of pg-query-stream's cursor that is used here. */
interface Cursor {
  read(rows: number, done: (error: Error | null | undefined, rows: TextRow[]) => void): void;
  readonly connection: { readonly stream: { readonly destroyed: boolean } & NodeJS.EventEmitter } | null;
}

/**
 * A query's rows as a stream of pages, each an array of rows. While one page is worked on, the next is on its way. A server is asked
 * for a number of rows, while memory is counted in bytes: so {@link sized} says how large rows are, and pages follow.
 */
export class CursorPages extends QueryStream {
  private pageRows = firstRows;

  constructor(sql: string, values: readonly string[]) {
    super(sql, [...values], {
      rowMode: 'array',
      types: { getTypeParser: () => (text: string) => text },
      highWaterMark: 1,
    });
  }

  /** Takes note of the largest row of a page, in bytes. */
  sized(largestRow: number): void {
    const fitting = Math.floor(pageBytes / Math.max(1, largestRow));
    this.pageRows = Math.max(1, Math.min(maxRows, fitting, this.pageRows * 4));
  }

  override _read(): void {
    const asked = this.pageRows;
    this.source.read(asked, (error, rows) => {
      if (error) {
        this.destroy(error);
        return;
      }
      if (rows.length > 0) this.push(rows);
      if (rows.length < asked) this.push(null);
    });
  }

  /** Closes the cursor. A connection that is gone answers nothing more, so that its end is an answer too. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const socket = this.source.connection?.stream;
    let called = false;
    const done = (failure?: Error | null): void => {
      if (called) return;
      called = true;
      socket?.off('close', gone);
      callback(failure ?? error);
    };
    const gone = (): void => done();
    if (!socket || socket.destroyed) {
      done();
      return;
    }
    socket.once('close', gone);
    super._destroy(error as Error, done);
  }

  private get source(): Cursor {
    return this.cursor as Cursor;
  }
}
