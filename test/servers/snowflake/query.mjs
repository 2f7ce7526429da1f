// A SELECT of a session's: what its tables, times and session functions stand for.
import { changesSql } from './changes.mjs';
import { compilation, missing, Refusal } from './refusal.mjs';
import { rowId } from './store.mjs';
import { Translation } from './sql.mjs';
import { quoteName, quoteText } from './types.mjs';

export class Query {
  /** @param {{ session, bindings, describeOnly, nowMillis, previousId, statements }} how */
  constructor(store, how) {
    Object.assign(this, { store, ...how });
  }

  /** @returns {Promise<{ sql: string, tables: object[] }>} as DuckDB's SQL */
  async translate(text) {
    const translation = new Translation(text, this);
    const first = translation.tokens[0]?.upper;
    if (!['SELECT', 'WITH', '('].includes(first))
      throw compilation(`syntax error line 1 at position 0 unexpected '${first ?? '<EOF>'}'.`);
    const sql = await translation.run();
    this.#checkNames(translation.found);
    return { sql, tables: translation.found.tables };
  }

  /** DuckDB finds columns whatever their case; Snowflake does not. */
  #checkNames({ names, aliases, tables }) {
    const columns = tables.flatMap(({ fields }) => fields.map(({ name }) => name));
    const exact = new Set([...columns, ...aliases, ...tables.flatMap(({ known }) => known)]);
    const wrong = [...names].find(
      (name) => !exact.has(name) && columns.some((one) => one.toLowerCase() === name.toLowerCase()),
    );
    if (wrong !== undefined)
      throw new Refusal(
        '000904',
        '42000',
        `SQL compilation error: error line 1 at position 7\ninvalid identifier '${wrong}'`,
      );
  }

  constant(upper) {
    const { session } = this;
    const nanos = BigInt(this.nowMillis) * 1_000_000n;
    if (upper === 'CURRENT_TIMESTAMP' || upper === 'LOCALTIMESTAMP') return `sf_ltz9n(${nanos})`;
    if (upper === 'SYSDATE') return `sf_ntz9n(${nanos})`;
    if (upper === 'CURRENT_DATE') return `sf_day(${nanos})::DATE`;
    const value = {
      ...{ CURRENT_USER: session.user, CURRENT_ROLE: session.role, CURRENT_ACCOUNT: session.account },
      ...{ CURRENT_WAREHOUSE: session.warehouse, CURRENT_DATABASE: session.database, CURRENT_SCHEMA: session.schema },
      ...{ CURRENT_VERSION: '9.30.1', CURRENT_SESSION: session.id, LAST_QUERY_ID: this.previousId },
    }[upper];
    return value === undefined ? 'NULL::VARCHAR' : quoteText(value);
  }

  /** After FROM or JOIN, as the translation comes to it. */
  async tables(translation, token) {
    translation.i += 1;
    translation.out.push(token.upper);
    for (;;) {
      if (translation.at() === undefined) throw translation.unexpected();
      if (translation.is('(') || translation.is('VALUES')) return;
      await (translation.is('TABLE') && translation.is('(', 1)
        ? this.#function(translation)
        : this.#table(translation));
      if (!translation.is(',')) return;
      translation.i += 1;
      translation.out.push(',');
    }
  }

  async #function(translation) {
    translation.i += 2;
    const name = translation.at()?.upper;
    translation.i += 1;
    translation.expect('(');
    if (name === 'GENERATOR') {
      translation.expect('ROWCOUNT');
      translation.expect('=>');
      translation.out.push(`range(${await translation.untilClosed()}) AS generated`);
    } else if (name === 'RESULT_SCAN') {
      const [[id]] = await this.store.values(`select ${await translation.untilClosed()}`);
      const { physical, fields } = this.statements.resultOf(id);
      translation.found.tables.push({ fields, known: [], name: 'RESULT_SCAN' });
      translation.out.push(physical);
    } else throw new Refusal('002140', '42601', `SQL compilation error:\nUnknown table function ${name}.`);
    translation.expect(')');
    const alias = translation.alias();
    if (alias !== undefined) translation.out.push('AS', quoteName(alias));
  }

  async #table(translation) {
    const parts = translation.path();
    if (parts.length === 1 && translation.ctes.has(parts[0])) {
      const alias = translation.alias();
      translation.found.tables.push({ fields: [], known: [alias ?? parts[0]], name: parts[0], cte: true });
      return void translation.out.push(quoteName(parts[0]), ...(alias === undefined ? [] : ['AS', quoteName(alias)]));
    }
    const table = this.resolve(parts);
    const changes =
      translation.is('CHANGES') && translation.is('(', 1) ? await this.#changes(translation, table) : undefined;
    const time = changes === undefined ? await this.#time(translation) : undefined;
    const found = changes ?? (table.kind === 'VIEW' ? await this.#view(table, time) : this.#version(table, time));
    const alias = translation.alias() ?? table.name;
    translation.found.tables.push({ ...found, table, name: table.name, known: [alias, table.schema, table.database] });
    translation.out.push(`(${found.sql}) AS ${quoteName(alias)}`);
  }

  resolve(parts) {
    const { session } = this;
    if (parts.length < 3 && session.database === undefined)
      throw new Refusal(
        '090105',
        '22000',
        `Cannot perform SELECT. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.`,
      );
    const [database, schema, name] = [session.database, session.schema, undefined]
      .slice(0, 3 - parts.length)
      .concat(parts);
    const found = this.store.tables.get(`${database}.${schema}.${name}`);
    if (found === undefined) throw missing(parts.join('.'));
    return found;
  }

  #version(table, time) {
    const version = this.store.versionAt(table, time?.nanos, time?.before);
    const columns = version.fields.map(({ name }) => quoteName(name)).join(', ');
    return { version, fields: version.fields, sql: `select ${columns} from ${version.physical}` };
  }

  async #view(table, time) {
    if (time !== undefined)
      throw new Refusal(
        '002037',
        '42601',
        `SQL compilation error:\nTime travel on view '${table.name}' is not known here.`,
      );
    const inner = new Query(this.store, {
      ...this,
      session: { ...this.session, database: table.database, schema: table.schema },
    });
    const { sql, tables } = await inner.translate(table.query);
    return { sql, fields: await this.store.describe(sql), inner: tables };
  }

  /** AT(…) or BEFORE(…), undefined without. */
  async #time(translation) {
    const word = translation.at()?.upper;
    if (!/^(?:AT|BEFORE|END)$/.test(word ?? '') || !translation.is('(', 1)) return undefined;
    translation.i += 2;
    const kind = translation.at()?.upper;
    translation.i += 1;
    translation.expect('=>');
    const sql = await translation.untilClosed();
    return { nanos: await this.#nanosOf(kind, sql), before: word === 'BEFORE' };
  }

  async #nanosOf(kind, sql) {
    if (kind === 'TIMESTAMP')
      return (await this.store.values(`select sf_nanos(typeof(x), x::VARCHAR) from (select ${sql} as x)`))[0][0];
    const [[value]] = await this.store.values(`select (${sql})::VARCHAR`);
    if (kind === 'OFFSET')
      return BigInt(this.nowMillis) * 1_000_000n + BigInt(Math.round(Number(value) * 1000)) * 1_000_000n;
    if (kind !== 'STATEMENT') throw compilation(`syntax error: unexpected '${kind}'.`);
    const statement = this.statements.byId.get(value);
    if (statement === undefined) throw new Refusal('000709', '02000', `Statement ${value} not found`);
    return BigInt(statement.nowMillis) * 1_000_000n;
  }

  async #changes(translation, table) {
    translation.i += 2;
    translation.expect('INFORMATION');
    translation.expect('=>');
    const information = translation.at()?.upper;
    translation.i += 1;
    translation.expect(')');
    const start = await this.#time(translation);
    if (start === undefined) throw translation.unexpected();
    const end = translation.is('END') ? await this.#time(translation) : undefined;
    if (!table.changeTracking)
      throw new Refusal(
        '000707',
        '02000',
        `Change tracking is not enabled or has been missing for the time range requested on table '${table.name}'.`,
      );
    const [from, to] = [
      this.store.versionAt(table, start.nanos, start.before),
      this.store.versionAt(table, end?.nanos),
    ];
    if (table.trackedSince !== undefined && from.nanos < table.trackedSince)
      throw new Refusal(
        '000707',
        '02000',
        `Change tracking is not enabled or has been missing for the time range requested on table '${table.name}'.`,
      );
    const extra = ['METADATA$ACTION', 'METADATA$ISUPDATE', rowId].map((name) => ({ name }));
    return { version: to, fields: [...to.fields, ...extra], sql: changesSql(from, to, information) };
  }
}
