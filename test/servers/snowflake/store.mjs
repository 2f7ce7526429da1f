// Tables and their versions, in DuckDB in memory. Every change makes a new DuckDB table, so that a time in the past finds its rows. A hidden column says
// which row is the same row in the next version.
import { DuckDBInstance } from '@duckdb/node-api';
import { duckType, fieldOf, instantOf, literal, normalize, quoteName } from './types.mjs';
import { macros } from './macros.mjs';
import { functionMacros } from './functions.mjs';
import { missing, Refusal } from './refusal.mjs';

const rowsAtOnce = 500;
export const rowId = 'METADATA$ROW_ID';

export class Store {
  /** @type {Map<string, object>} by `database.schema.table` */
  tables = new Map();
  #count = 0;
  #lastMillis = 0;

  static async open(settings) {
    const store = new Store();
    store.settings = settings;
    store.instance = await DuckDBInstance.create(':memory:', { threads: String(settings.threads ?? 2) });
    store.db = await store.connect();
    const all = [...macros, ...functionMacros].map((one) => `create macro ${one};`).join('\n');
    await store.db.run(`begin; create schema kept; create sequence row_ids; ${all} commit;`);
    return store;
  }

  async connect() {
    const connection = await this.instance.connect();
    await connection.run(`set TimeZone = 'UTC'`);
    // It would make BETWEEN of two comparisons, which DuckDB has not for structs.
    await connection.run(`set disabled_optimizers = 'filter_pushdown'`);
    return connection;
  }

  /** Milliseconds: now, and never before the last change. */
  now() {
    return Math.max(Date.now(), this.#lastMillis);
  }

  /** The time of a change: never the same twice. */
  #commitMillis() {
    this.#lastMillis = Math.max(Date.now(), this.#lastMillis + 1);
    return this.#lastMillis;
  }

  nextName() {
    this.#count += 1;
    return `kept.t${this.#count}`;
  }

  async values(sql) {
    return (await this.db.runAndReadAll(sql)).getRows();
  }

  find(database, schema, name) {
    const found = this.tables.get(`${database}.${schema}.${name}`);
    if (found === undefined) throw missing(`${database}.${schema}.${name}`);
    return found;
  }

  /** The version that stood at a time (nanoseconds), the newest without one. @param {boolean} before that time, rather than at it */
  versionAt(table, nanos, before = false) {
    if (nanos === undefined) return table.versions.at(-1);
    const oldest = BigInt(this.now()) * 1_000_000n - BigInt(Math.round(table.retentionDays * 86_400_000)) * 1_000_000n;
    const found = table.versions.findLast((one) => (before ? one.nanos < nanos : one.nanos <= nanos));
    if (found !== undefined && nanos >= oldest) return found;
    throw new Refusal(
      '000707',
      '02000',
      `Time travel data is not available for table ${table.name}. The requested time is either beyond the allowed time travel period or before the object creation time.`,
    );
  }

  /** A table by the admin API: columns and rows, or columns and `generate`, a SELECT of DuckDB's (see macros.mjs); or a view of a query. */
  async create({ columns = [], rows = [], generate, at, table: name, ...described }) {
    const { database = this.settings.database, schema = this.settings.schema } = described;
    const key = `${database}.${schema}.${name}`;
    const base = {
      kind: 'TABLE',
      retentionDays: 1,
      changeTracking: false,
      versions: [],
      created: at === undefined ? this.now() : Date.parse(at),
    };
    const table = { ...base, ...this.tables.get(key), ...described, database, schema, name };
    if (table.kind === 'VIEW') {
      this.tables.set(key, table);
      return { table, version: { rows: 0, nanos: BigInt(this.now()) * 1_000_000n } };
    }
    const fields = columns.map(normalize);
    const physical = await this.#make(fields);
    if (generate !== undefined)
      await this.db.run(`insert into ${physical} select *, nextval('row_ids') from (${generate})`);
    await this.#insert(physical, fields, rows);
    return this.#keep(table, { fields, physical, at });
  }

  /**
   * Rows by the admin API: what `delete` says goes (all of them with `replace`), `append` or `replace` comes, rows that `where` says get what `set`
   * says; a new version.
   */
  async change({ database = this.settings.database, schema = this.settings.schema, table: name, at, ...what }) {
    const table = this.find(database, schema, name);
    const before = table.versions.at(-1);
    const physical = await this.#make(before.fields);
    const gone = what.replace === undefined ? (what.delete ?? 'false') : 'true';
    await this.db.run(`insert into ${physical} select * from ${before.physical} where not coalesce((${gone}), false)`);
    if (what.set !== undefined) await this.db.run(`update ${physical} set ${what.set} where ${what.where ?? true}`);
    await this.#insert(physical, before.fields, what.replace ?? what.append ?? []);
    return this.#keep(table, { fields: before.fields, physical, at });
  }

  /** A query's result, kept for who fetches it. */
  async keepResult(sql, connection) {
    const physical = this.nextName();
    await connection.run(`create table ${physical} as ${sql}`);
    const [[count]] = await this.values(`select count(*) from ${physical}`);
    return { physical, rows: Number(count), fields: await this.describe(`select * from ${physical}`) };
  }

  async describe(sql) {
    const result = await this.db.run(`select * from (${sql}) limit 0`);
    return result.columnNames().map((name, i) => fieldOf(name, result.columnTypes()[i]));
  }

  async #make(fields) {
    const physical = this.nextName();
    const columns = fields.map((field) => `${quoteName(field.name)} ${duckType(field)}`);
    await this.db.run(`create table ${physical} (${[...columns, `${quoteName(rowId)} BIGINT`].join(', ')})`);
    return physical;
  }

  async #insert(physical, fields, rows) {
    for (let at = 0; at < rows.length; at += rowsAtOnce) {
      const some = rows
        .slice(at, at + rowsAtOnce)
        .map((row) => `(${fields.map((field) => literal(field, row[field.name])).join(', ')}, nextval('row_ids'))`);
      await this.db.run(`insert into ${physical} values ${some.join(', ')}`);
    }
  }

  async #keep(table, { fields, physical, at }) {
    const [[count]] = await this.values(`select count(*) from ${physical}`);
    const nanos = at === undefined ? BigInt(this.#commitMillis()) * 1_000_000n : instantOf(at).nanos;
    const version = { fields, physical, rows: Number(count), nanos };
    table.versions.push(version);
    this.tables.set(`${table.database}.${table.schema}.${table.name}`, table);
    return { table, version };
  }

  async empty() {
    await this.db.run('drop schema kept cascade; create schema kept');
    this.tables.clear();
  }
}
