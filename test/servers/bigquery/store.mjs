// Tables and their versions, in DuckDB in memory. Every change makes a new DuckDB table, so that a time in the past finds its rows.
import { DuckDBInstance } from '@duckdb/node-api';
import { bytesSql, duckType, fieldOf, literal, microsOf, normalize, quoteName } from './types.mjs';
import { macros } from './sql.mjs';
import { Refusal } from './refusal.mjs';

const rowsAtOnce = 500;

export class Store {
  /** @type {Map<string, object>} by `project.dataset.table` */
  tables = new Map();
  #count = 0;
  #lastTime = 0n;

  static async open(settings) {
    const store = new Store();
    store.settings = settings;
    store.instance = await DuckDBInstance.create(':memory:', { threads: String(settings.threads ?? 1) });
    store.db = await store.connect();
    await store.db.run('create schema kept');
    for (const macro of macros) await store.db.run(`create macro ${macro}`);
    return store;
  }

  async connect() {
    const connection = await this.instance.connect();
    await connection.run(`set TimeZone = 'UTC'`);
    return connection;
  }

  /** The time of a change: now, never the same twice. */
  now() {
    const now = BigInt(Date.now()) * 1000n;
    this.#lastTime = now > this.#lastTime ? now : this.#lastTime + 1n;
    return this.#lastTime;
  }

  nextName() {
    this.#count += 1;
    return `kept.t${this.#count}`;
  }

  async values(sql) {
    return (await this.db.runAndReadAll(sql)).getRows();
  }

  find(project, dataset, table) {
    const found = this.tables.get(`${project}.${dataset}.${table}`);
    if (found === undefined || (found.expires !== undefined && found.expires < Date.now()))
      throw new Refusal(
        'notFound',
        `Not found: Table ${project}:${dataset}.${table} was not found in location ${this.settings.location}`,
      );
    return found;
  }

  /** The version of a table that stood at a time (microseconds), the newest without one. */
  versionAt(table, micros) {
    const { project, dataset, name } = table;
    if (micros === undefined) return table.versions.at(-1);
    const oldest = this.now() - BigInt(Math.round((this.settings.timeTravelHours ?? 168) * 3_600_000_000));
    const millis = (time) => time / 1000n;
    const where = `${project}:${dataset}.${name}@${millis(micros)}`;
    if (micros > this.now() + 1_000_000n)
      throw new Refusal(
        'invalid',
        `Invalid snapshot time ${millis(micros)} for table ${where}. Cannot read after ${millis(this.now())}.`,
      );
    const found = table.versions.findLast((one) => one.time <= micros);
    if (found === undefined || micros < oldest) {
      const first = table.versions[0].time;
      throw new Refusal(
        'invalid',
        `Invalid snapshot time ${millis(micros)} for table ${where}. Cannot read before ${millis(first > oldest ? first : oldest)}.`,
      );
    }
    return found;
  }

  /** A table by the admin API: schema and rows, or schema and `generate`, a SELECT of DuckDB's. */
  async create({
    project = this.settings.project,
    dataset,
    table: name,
    schema,
    rows = [],
    generate,
    at,
    ...described
  }) {
    const fields = (schema.fields ?? schema).map(normalize);
    const physical = this.nextName();
    const columns = fields.map((field) => `${quoteName(field.name)} ${duckType(field)}`).join(', ');
    await this.db.run(`create table ${physical} (${columns})`);
    if (generate !== undefined) await this.db.run(`insert into ${physical} ${generate}`);
    await this.#insert(physical, fields, rows);
    const key = `${project}.${dataset}.${name}`;
    const known = this.tables.get(key);
    const table = known ?? { project, dataset, name, versions: [], created: Date.now(), type: 'TABLE' };
    Object.assign(table, described);
    if (described.expirationTime !== undefined) table.expires = Number(described.expirationTime);
    return this.#keep(table, key, { fields, physical, at });
  }

  /** A query's result as a table. */
  async createAs({ project, dataset, table: name, expires }, sql, fieldsOf, { append = false } = {}) {
    const physical = this.nextName();
    const key = `${project}.${dataset}.${name}`;
    await this.db.run(`create table ${physical} as ${sql}`);
    const known = this.tables.get(key);
    const fields = fieldsOf ?? (await this.describe(`select * from ${physical}`));
    if (append && known !== undefined) {
      const merged = this.nextName();
      await this.db.run(
        `create table ${merged} as select * from ${known.versions.at(-1).physical} union all by name select * from ${physical}`,
      );
      return this.#keep(known, key, { fields: known.versions.at(-1).fields, physical: merged });
    }
    const table = known ?? { project, dataset, name, versions: [], created: Date.now(), type: 'TABLE', expires };
    return this.#keep(table, key, { fields, physical });
  }

  /**
   * Rows by the admin API: what `delete` says goes (all of them with `replace`), `append` or `replace` comes, rows that `where` says get what `set`
   * says; a new version.
   */
  async change({
    project = this.settings.project,
    dataset,
    table: name,
    append,
    delete: gone,
    replace,
    set,
    where,
    at,
  }) {
    const table = this.find(project, dataset, name);
    const before = table.versions.at(-1);
    const physical = this.nextName();
    const stays =
      replace !== undefined ? 'where false' : gone === undefined ? '' : `where not coalesce((${gone}), false)`;
    await this.db.run(`create table ${physical} as select * from ${before.physical} ${stays}`);
    if (set !== undefined) await this.db.run(`update ${physical} set ${set} where ${where ?? true}`);
    await this.#insert(physical, before.fields, replace ?? append ?? []);
    const updates = set !== undefined;
    return this.#keep(table, `${project}.${dataset}.${name}`, { fields: before.fields, physical, at, updates });
  }

  async describe(sql) {
    const result = await this.db.run(`select * from (${sql}) limit 0`);
    return result.columnNames().map((name, i) => fieldOf(name, result.columnTypes()[i]));
  }

  async #insert(physical, fields, rows) {
    for (let at = 0; at < rows.length; at += rowsAtOnce) {
      const some = rows
        .slice(at, at + rowsAtOnce)
        .map((row) => `(${fields.map((field) => literal(field, row[field.name])).join(', ')})`);
      await this.db.run(`insert into ${physical} values ${some.join(', ')}`);
    }
  }

  async #keep(table, key, { fields, physical, at, updates }) {
    const [[count]] = await this.values(`select count(*) from ${physical}`);
    const version = {
      fields,
      physical,
      rows: Number(count),
      time: at === undefined ? this.now() : microsOf(at),
      updates,
    };
    table.versions.push(version);
    this.tables.set(key, table);
    return { table, version };
  }

  /** Bytes of each column of a version, by name; counted once. */
  async sizes(version) {
    version.sizes ??= (async () => {
      const sums = version.fields.map((field) => `coalesce(sum(${bytesSql(field, quoteName(field.name))}), 0)::BIGINT`);
      const [row] = await this.values(`select ${sums.join(', ')} from ${version.physical}`);
      return new Map(version.fields.map((field, i) => [field.name.toLowerCase(), Number(row[i])]));
    })();
    return version.sizes;
  }

  async bytes(version) {
    let sum = 0;
    for (const size of (await this.sizes(version)).values()) sum += size;
    return sum;
  }

  async empty() {
    // What read sessions left is in it too.
    await this.db.run('drop schema kept cascade');
    await this.db.run('create schema kept');
    this.tables.clear();
  }
}
