// Statements: run, kept by their ids, cancelled; and when they need a warehouse.
import { randomUUID } from 'node:crypto';
import { copyOf, runCopy, told } from './copy.mjs';
import { commandSql } from './session.mjs';
import { Query } from './query.mjs';
import { pause, seen, takesOtherSchema } from './faults.mjs';
import { cancelled, compilation, Refusal } from './refusal.mjs';
import { quoteName } from './types.mjs';

export class Statements {
  byId = new Map();
  byRequest = new Map();
  /** Results by their translated SQL, which names versions of tables: where they are kept for who asks the same again. */
  #kept = new Map();

  constructor(store, settings, integrations) {
    Object.assign(this, { store, settings, integrations });
  }

  clear() {
    this.byId.clear();
    this.byRequest.clear();
    this.#kept.clear();
  }

  /** Of chunks' URLs that were given out. */
  expireChunks() {
    for (const one of this.byId.values()) one.expiredGeneration = one.generation;
  }

  /** The statement of a request; the same one for a request that comes again. */
  start(asked) {
    const known = asked.requestId === undefined ? undefined : this.byRequest.get(asked.requestId);
    if (known !== undefined) return known;
    const id = `01${randomUUID().slice(2)}`;
    const statement = {
      id,
      ...asked,
      state: 'RUNNING',
      started: Date.now(),
      nowMillis: this.store.now(),
      previousId: asked.session.lastQueryId,
      cancelled: false,
      generation: 0,
    };
    this.byId.set(id, statement);
    if (asked.requestId !== undefined) this.byRequest.set(asked.requestId, statement);
    const { session, road, sql, describeOnly = false, parameters = {}, requestId } = asked;
    const tag = parameters.QUERY_TAG ?? session.parameters.QUERY_TAG;
    statement.noted = {
      queryId: id,
      sql,
      road,
      describeOnly,
      parameters,
      tag,
      requestId,
      warehouse: session.warehouse,
      role: session.role,
      user: session.user,
      cancelled: false,
    };
    seen.statements.push(statement.noted);
    statement.finished = this.#run(statement).then(
      (result) => Object.assign(statement, { state: 'SUCCESS', result }),
      (error) => Object.assign(statement, { state: 'FAILED', error }),
    );
    session.lastQueryId = id;
    return statement;
  }

  /** Whether it ends within so many milliseconds. */
  async ends(statement, millis) {
    let timer;
    const late = new Promise((done) => (timer = setTimeout(done, millis, false)));
    const ended = await Promise.race([statement.finished.then(() => true), late]);
    clearTimeout(timer);
    return ended;
  }

  find(id) {
    const found = this.byId.get(id);
    if (found === undefined) throw new Refusal('000709', '02000', `Statement ${id} not found`, { status: 404 });
    return found;
  }

  resultOf(id) {
    const { result } = this.find(id);
    if (result === undefined) throw new Refusal('000710', '02000', `Statement ${id} has no result`);
    return result;
  }

  cancel(statement) {
    if (statement.state !== 'RUNNING') return false;
    statement.cancelled = true;
    statement.noted.cancelled = true;
    statement.wake?.();
    statement.connection?.interrupt();
    return true;
  }

  async #run(statement) {
    const { session, sql, describeOnly, bindings, nowMillis, previousId } = statement;
    const how = { store: this.store, statements: this, session, bindings, describeOnly, nowMillis, previousId };
    const copy = copyOf(sql);
    if (copy !== undefined) copy.stage = this.integrations.stageOf(copy);
    const command = copy === undefined ? await commandSql(sql, how) : undefined;
    const { sql: translated, tables } =
      command === undefined
        ? await new Query(this.store, how).translate(copy?.query ?? sql)
        : { sql: command, tables: [] };
    if (describeOnly) {
      const answer = copy === undefined ? translated : told({ rows: 0, bytes: 0 });
      return { physical: undefined, rows: 0, fields: await this.#described(answer, tables) };
    }
    const reads = copy !== undefined || tables.some(({ version, inner }) => version !== undefined || inner?.length > 0);
    if (reads) this.#useWarehouse(statement);
    if (command === undefined) await this.#takeTime(statement);
    if (statement.cancelled) throw cancelled();
    const keeps = this.settings.keepsResults && copy === undefined;
    const known = keeps ? this.#kept.get(translated) : undefined;
    if (known !== undefined) return known;
    const connection = await this.store.connect();
    statement.connection = connection;
    try {
      const asked = command === undefined && takesOtherSchema() ? await this.#other(translated) : translated;
      const answer = copy === undefined ? asked : await this.#unload(statement, copy, asked);
      const result = await this.store.keepResult(answer, connection);
      const fields = this.#withSources(result.fields, tables);
      const whole = { ...result, fields, parts: new Map() };
      if (keeps) this.#kept.set(translated, whole);
      return whole;
    } catch (error) {
      if (statement.cancelled) throw cancelled();
      throw error instanceof Refusal ? error : translatedError(error);
    } finally {
      connection.closeSync();
    }
  }

  #unload(statement, copy, sql) {
    const { session, parameters, connection } = statement;
    const stop = new AbortController();
    statement.wake = () => stop.abort();
    const { ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION: optimizes = true } = { ...session.parameters, ...parameters };
    return runCopy(copy, sql, {
      ...{ store: this.store, connection, stage: copy.stage, signal: stop.signal },
      optimizes: !/^false$/i.test(String(optimizes)),
    });
  }

  async #described(sql, tables) {
    try {
      return this.#withSources(await this.store.describe(sql), tables);
    } catch (error) {
      throw error instanceof Refusal ? error : translatedError(error);
    }
  }

  async #other(sql) {
    const [{ name, type }] = await this.store.describe(sql);
    return `select * replace (${type === 'BOOLEAN' ? '1::DECIMAL(38,0)' : 'true'} as ${quoteName(name)}) from (${sql})`;
  }

  /** What columns of tables say besides their type: lengths, and whether they are nullable. */
  #withSources(fields, tables) {
    const known = tables.flatMap((one) =>
      one.table === undefined ? [] : one.fields.map((field) => ({ field, table: one.table })),
    );
    return fields.map((field) => {
      const sources = known.filter(
        ({ field: one }) =>
          one.name === field.name &&
          one.type === field.type &&
          (one.scale ?? 0) === (field.scale ?? 0) &&
          (one.precision ?? 0) === (field.precision ?? 0),
      );
      if (sources.length !== 1)
        return fields.some(({ name }) => name === field.name) && known.length > 0 ? field : { ...field };
      const [{ field: source, table }] = sources;
      return {
        ...field,
        nullable: source.nullable,
        length: source.length,
        place: { database: table.database, schema: table.schema, table: table.name },
      };
    });
  }

  #useWarehouse({ session }) {
    const warehouse = this.settings.warehouses.find(({ name }) => name === session.warehouse);
    if (warehouse === undefined)
      throw new Refusal(
        '000606',
        '57P03',
        `No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.`,
      );
    const resumed = warehouse.state === 'SUSPENDED';
    warehouse.state = 'STARTED';
    seen.warehouses.push({ name: warehouse.name, resumed });
  }

  /** How long statements take here, and whether that is longer than they may. */
  async #takeTime(statement) {
    const { jobMillis = 0 } = this.settings;
    const seconds = Number(
      statement.parameters?.STATEMENT_TIMEOUT_IN_SECONDS ??
        statement.session.parameters.STATEMENT_TIMEOUT_IN_SECONDS ??
        0,
    );
    const limit = seconds > 0 ? seconds * 1000 : Infinity;
    if (jobMillis > 0)
      await Promise.race([pause(Math.min(jobMillis, limit)), new Promise((done) => (statement.wake = done))]);
    if (!statement.cancelled && jobMillis > limit)
      throw new Refusal(
        '000630',
        '57014',
        `Statement reached its statement or warehouse timeout of ${seconds} second(s) and was canceled.`,
      );
  }
}

function translatedError(error) {
  const text = String(error.message);
  const column = /Referenced column "([^"]+)" not found/.exec(text);
  if (column !== null)
    return new Refusal(
      '000904',
      '42000',
      `SQL compilation error: error line 1 at position 7\ninvalid identifier '${column[1]}'`,
    );
  if (text.startsWith('Conversion Error')) return new Refusal('100038', '22018', text);
  return compilation(text);
}
