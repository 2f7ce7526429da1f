import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** What writers do in a race. */
export interface RaceOptions {
  readonly writers: number;
  /** Milliseconds that a transaction stays open at most; one of the first writer's stays open ten times as long. */
  readonly longest: number;
}

/**
 * Writers who do to a table whatever makes increments go wrong: transactions stay open while others commit, rows have the
 * same microsecond or are of yesterday, some are in savepoints, some prepared and committed by somebody else later, some
 * rolled back; rows are updated and deleted, and keys come back. Every version of a row has a stamp of its own.
 */
export class Race {
  private readonly writers: pg.Client[] = [];
  private going = true;
  private working: Promise<void>[] = [];
  private readonly prepared: string[] = [];
  committed = 0;

  private constructor(
    private readonly url: string,
    private readonly options: RaceOptions,
  ) {}

  static async begin(url: string, options: RaceOptions): Promise<Race> {
    const race = new Race(url, options);
    await race.sql(`CREATE TABLE race (id bigint PRIMARY KEY, writer int, at timestamptz NOT NULL, stamp uuid NOT NULL,
        written timestamptz NOT NULL DEFAULT clock_timestamp())`);
    for (let writer = 0; writer < options.writers; writer += 1) {
      const client = new pg.Client(url);
      await client.connect();
      race.writers.push(client);
    }
    race.working = race.writers.map((client, writer) => race.write(client, writer));
    return race;
  }

  /** Ends all writers; what was prepared is committed. */
  async end(): Promise<void> {
    this.going = false;
    await Promise.all(this.working);
    for (const name of this.prepared) await this.sql(`COMMIT PREPARED '${name}'`);
    await Promise.all(this.writers.map((writer) => writer.end()));
  }

  /** Stamps of the table's rows. */
  async stamps(): Promise<string[]> {
    const rows = await this.sql('SELECT stamp::text AS stamp FROM race ORDER BY 1');
    return rows.map((row) => (row as { stamp: string }).stamp);
  }

  async sql(text: string): Promise<unknown[]> {
    const client = new pg.Client(this.url);
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  private async write(client: pg.Client, writer: number): Promise<void> {
    let next = writer;
    const id = (): number => (next += this.options.writers);
    // A row of a prepared transaction may stay locked until others have committed that.
    await client.query(`SET lock_timeout = '100ms'`);
    for (let i = 0; this.going; i += 1) {
      try {
        await this.transaction(client, { writer, i, id });
        this.committed += 1;
      } catch (error) {
        if ((error as { code?: string }).code !== '55P03') throw error;
        await client.query('ROLLBACK');
      }
    }
  }

  private async transaction(
    client: pg.Client,
    { writer, i, id }: { readonly writer: number; readonly i: number; id(): number },
  ): Promise<void> {
    const known = (): number => writer + this.options.writers * (1 + Math.floor(Math.random() * 4 * (i + 1)));
    await client.query('BEGIN');
    await client.query(this.insert([id(), id()], writer, 'clock_timestamp()'));
    await client.query('SAVEPOINT one');
    await client.query(this.insert([id()], writer, `date_trunc('second', clock_timestamp())`));
    await client.query(Math.random() < 0.3 ? 'ROLLBACK TO one' : 'RELEASE one');
    await client.query(this.insert([id()], writer, `clock_timestamp() - interval '1 day'`));
    await client.query(
      `UPDATE race SET stamp = gen_random_uuid(), at = clock_timestamp(), written = clock_timestamp(), writer = 7 - writer WHERE id = ${known()}`,
    );
    await client.query(`DELETE FROM race WHERE id = ${known()}`);
    await client.query(`${this.insert([known()], writer, 'clock_timestamp()')} ON CONFLICT DO NOTHING`);
    const open = writer === 0 && i === 1 ? this.options.longest * 10 : Math.random() ** 3 * this.options.longest;
    await this.wait(open);
    await this.finish(client, `${writer}-${i}`);
  }

  private async finish(client: pg.Client, name: string): Promise<void> {
    const dice = Math.random();
    if (dice < 0.1) await client.query('ROLLBACK');
    else if (dice < 0.2) {
      await client.query(`PREPARE TRANSACTION '${name}'`);
      this.prepared.push(name);
      if (this.prepared.length > 5) await client.query(`COMMIT PREPARED '${this.prepared.shift()!}'`);
    } else await client.query('COMMIT');
  }

  /** Not longer than the race goes on. */
  private async wait(milliseconds: number): Promise<void> {
    for (let left = milliseconds; this.going && left > 0; left -= 50) await sleep(Math.min(left, 50));
  }

  private insert(ids: readonly number[], writer: number, at: string): string {
    const rows = ids.map((id) => `(${id}, ${writer}, (SELECT ${at}), '${randomUUID()}')`);
    return `INSERT INTO race VALUES ${rows.join(', ')}`;
  }
}

/** What is written by hand everywhere: rows after the largest time that was seen. */
export class StrictGreater {
  private last = '-infinity';
  readonly stamps: string[] = [];

  constructor(private readonly race: Race) {}

  async next(): Promise<void> {
    const rows = await this.race.sql(
      `SELECT stamp::text AS stamp, at::text AS at FROM race WHERE at > '${this.last}'::timestamptz ORDER BY at`,
    );
    for (const row of rows as { stamp: string; at: string }[]) {
      this.stamps.push(row.stamp);
      this.last = row.at;
    }
  }
}
