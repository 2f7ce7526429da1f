import type pg from 'pg';
import { expect } from 'vitest';
import type { TidemarkError } from '../../../../src/core/errors.js';
import type { RowSink, LaneReader, OpenSource } from '../../../../src/core/source.js';
import { openLane } from '../../../../src/source/postgres/read/lane.js';
import { open } from '../../../../src/source/postgres/open.js';
import { type FreshDatabase, freshDatabase, type SharedServer } from '../../../servers/postgres.js';
import { worldFor } from './changing-world.js';
import { never } from '../open-fixture.js';
import { type RequestChanges, requestOf } from '../open-request.js';

const limits = { rows: 131_072, bytes: 32 * 2 ** 20 };
const nowhere: RowSink = { rows: () => undefined, cut: () => undefined, batch: () => undefined };

/**
 * A run taken apart: the test itself decides when the source is opened, when a range is read, and when somebody changes
 * something in between. No window is hoped for.
 */
export class ChangingRun {
  private readonly sources: OpenSource[] = [];
  private readonly lanes: LaneReader[] = [];

  private constructor(
    readonly db: FreshDatabase,
    private readonly client: pg.Client,
  ) {}

  static async create(server: SharedServer): Promise<ChangingRun> {
    const db = await freshDatabase(server);
    const run = new ChangingRun(db, await db.connect());
    await run.sql(worldFor(db.name));
    return run;
  }

  /** The URL of a user who owns nothing. */
  get guest(): string {
    return this.db.url.replace('postgres@', `${this.guestName}@`);
  }

  get guestName(): string {
    return `guest_${this.db.name}`;
  }

  /** As somebody else, in a session of their own. `guest` and `friends` stand for this database's roles. */
  async sql(text: string): Promise<void> {
    await this.client.query(text.replaceAll(/\b(guest|friends)\b/g, `$1_${this.db.name}`));
  }

  async start(rest: RequestChanges, url = this.db.url): Promise<OpenSource> {
    const source = await open(requestOf(url, rest), never);
    this.sources.push(source);
    return source;
  }

  async lane(source: OpenSource): Promise<LaneReader> {
    const lane = await openLane(source.ticket, never);
    this.lanes.push(lane);
    return lane;
  }

  readOn(lane: LaneReader, source: OpenSource, range: number, sink = nowhere): Promise<unknown> {
    return lane.read(source.tables[0]!, source.tables[0]!.ranges[range]!, limits, sink);
  }

  /** Reads a range on a new lane. */
  async read(source: OpenSource, range = 0): Promise<unknown> {
    return this.readOn(await this.lane(source), source, range);
  }

  /** Runs the change, then the test, then undoes the change. */
  async during(change: string, undo: string, then: () => Promise<void>): Promise<void> {
    await this.sql(change);
    try {
      await then();
    } finally {
      await this.settle();
      await this.sql(undo);
    }
  }

  /** Opens, changes, reads and confirms: the whole of it must fail, since the change came after the snapshot. */
  async expectNoticed(rest: RequestChanges, change: string, undo: string, url = this.db.url): Promise<string> {
    const source = await this.start(rest, url);
    let message = '';
    await this.during(change, undo, async () => {
      const error = await failure(this.read(source).then((evidence) => source.confirm([evidence])));
      expect(error.code, error.message).toBe('source.changed');
      message = error.message;
    });
    return message;
  }

  async settle(): Promise<void> {
    await Promise.all(this.lanes.splice(0).map((lane) => lane.close()));
    await Promise.all(this.sources.splice(0).map((source) => source.close()));
  }

  async drop(): Promise<void> {
    // Roles are of the whole server: the names of all of them are what another test may be looking at.
    await this.client.query(`DROP OWNED BY guest_${this.db.name}, friends_${this.db.name}`);
    await this.client.end();
    await this.db.drop();
  }
}

export async function failure(work: Promise<unknown>): Promise<TidemarkError> {
  return work.then(
    () => expect.fail('it went through'),
    (error: unknown) => error as TidemarkError,
  );
}
