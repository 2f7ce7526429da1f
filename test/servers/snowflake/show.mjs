// SHOW and DESCRIBE, as DuckDB's SQL of their rows.
import { Query } from './query.mjs';
import { compilation, missing } from './refusal.mjs';
import { quoteName, quoteText } from './types.mjs';

/** Rows of texts as a SELECT; `created_on` are milliseconds, `rows` and `bytes` numbers. */
function rowsSql(columns, rows) {
  const cell = (name, value) => {
    if (name === 'created_on')
      return value === null || value === undefined ? 'sf_ltz3n(null)' : `sf_ltz3n(${BigInt(value) * 1_000_000n})`;
    if (name === 'rows' || name === 'bytes')
      return value === null || value === undefined ? 'null::BIGINT' : `${value}::BIGINT`;
    return value === null || value === undefined ? 'null::VARCHAR' : quoteText(value);
  };
  const row = (one) => `select ${columns.map((name) => `${cell(name, one[name])} as ${quoteName(name)}`).join(', ')}`;
  return rows.length === 0 ? `${row({})} where false` : rows.map(row).join(' union all ');
}

const likeExpression = (pattern) =>
  new RegExp(
    `^${pattern.replace(/\\([\s\S])|([.*+?^${}()|[\]\\])|(%)|(_)/g, (whole, escaped, special, many) => (escaped !== undefined ? escaped.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : special !== undefined ? `\\${special}` : many ? '[^]*' : '[^]'))}$`,
    'i',
  );

/** What follows LIKE and IN. */
function scopeOf(tokens) {
  const like = tokens.findIndex(({ upper, kind }) => upper === 'LIKE' && kind === 'name');
  const within = tokens.findIndex(({ upper, kind }) => upper === 'IN' && kind === 'name');
  const after = within < 0 ? [] : tokens.slice(within + 1);
  const word = after[0]?.upper;
  const named = ['SCHEMA', 'DATABASE', 'TABLE', 'VIEW', 'ACCOUNT', 'SESSION', 'WAREHOUSE', 'FOR'].includes(word);
  const end = after.findIndex(({ upper, kind }, i) => i > 0 && kind === 'name' && /^(?:LIMIT|STARTS)$/.test(upper));
  const parts = after
    .slice(named ? 1 : 0, end < 0 ? undefined : end)
    .filter(({ kind }) => kind !== 'operator')
    .map(({ value }) => value);
  return { matches: like < 0 ? /^/ : likeExpression(tokens[like + 1].value), word: named ? word : undefined, parts };
}

function objects(kinds, tokens, { store, session }) {
  const { matches, word, parts } = scopeOf(tokens);
  const [database, schema] =
    word === 'DATABASE'
      ? [parts[0], undefined]
      : parts.length === 2
        ? parts
        : [session.database, parts[0] ?? session.schema];
  const all = [...store.tables.values()].filter(
    (one) =>
      kinds.includes(one.kind) &&
      (word === 'ACCOUNT' || (one.database === database && (schema === undefined || one.schema === schema))) &&
      matches.test(one.name),
  );
  if (
    parts.length > 0 &&
    ![...store.tables.values()].some(
      (one) => one.database === database && (schema === undefined || one.schema === schema),
    )
  )
    throw missing(parts.join('.'));
  return all.map((one) => {
    const rows = one.versions.at(-1)?.rows;
    return {
      ...{
        created_on: one.created,
        name: one.name,
        database_name: one.database,
        schema_name: one.schema,
        kind: one.kind,
      },
      ...{
        comment: '',
        cluster_by: one.clusterBy ?? '',
        rows,
        bytes: rows === undefined ? undefined : (one.bytes ?? rows * 100),
        owner: 'OWNER',
      },
      ...{
        retention_time: String(one.retentionDays),
        automatic_clustering: 'OFF',
        change_tracking: one.changeTracking ? 'ON' : 'OFF',
      },
      ...{
        is_external: 'N',
        owner_role_type: 'ROLE',
        is_event: 'N',
        is_hybrid: one.hybrid ? 'Y' : 'N',
        is_iceberg: one.iceberg ? 'Y' : 'N',
      },
      ...{
        is_dynamic: one.dynamic ? 'Y' : 'N',
        is_immutable: 'N',
        text: one.query ?? '',
        is_secure: 'false',
        is_materialized: 'false',
        reserved: '',
      },
    };
  });
}

const tableColumns =
  `created_on name database_name schema_name kind comment cluster_by rows bytes owner retention_time automatic_clustering change_tracking
  is_external owner_role_type is_event is_hybrid is_iceberg is_dynamic is_immutable`.split(/\s+/);
const viewColumns =
  `created_on name reserved database_name schema_name owner comment text is_secure is_materialized owner_role_type change_tracking`.split(
    /\s+/,
  );
const objectColumns =
  `created_on name database_name schema_name kind comment cluster_by rows bytes owner retention_time owner_role_type is_hybrid is_iceberg
  is_dynamic`.split(/\s+/);
const warehouseColumns =
  `name state type size min_cluster_count max_cluster_count running queued is_default is_current auto_suspend auto_resume available
  created_on owner comment`.split(/\s+/);

function warehouses(tokens, { store, session }) {
  const { matches } = scopeOf(tokens);
  const base = {
    type: 'STANDARD',
    size: 'X-Small',
    min_cluster_count: '1',
    max_cluster_count: '1',
    running: '0',
    queued: '0',
    auto_suspend: '600',
    auto_resume: 'true',
    owner: 'OWNER',
    created_on: 0,
  };
  return store.settings.warehouses
    .filter(({ name }) => matches.test(name))
    .map((one) => ({ ...base, ...one, is_default: 'N', is_current: one.name === session.warehouse ? 'Y' : 'N' }));
}

function parameters(tokens, how) {
  const { matches, word, parts } = scopeOf(tokens);
  const values = {
    ...how.store.settings.parameters,
    ...(word === undefined || word === 'SESSION' ? how.session.parameters : {}),
  };
  if (word === 'TABLE')
    Object.assign(values, { DATA_RETENTION_TIME_IN_DAYS: new Query(how.store, how).resolve(parts).retentionDays });
  return Object.entries(values)
    .filter(([key]) => matches.test(key))
    .map(([key, value]) => ({
      key,
      value: String(value),
      default: '',
      level: word ?? '',
      description: '',
      type: 'STRING',
    }));
}

/** A type as DESCRIBE and DDL write it. */
export function typeText({ type, precision, scale, length, element, dimension }) {
  if (type === 'NUMBER') return `NUMBER(${precision},${scale})`;
  if (type === 'TEXT') return `VARCHAR(${length})`;
  if (type === 'BINARY') return `BINARY(${length})`;
  if (type === 'VECTOR') return `VECTOR(${element}, ${dimension})`;
  return scale === undefined ? type : `${type}(${scale})`;
}

async function describe(tokens, how) {
  const word = tokens[1]?.upper;
  const parts = tokens
    .slice(word === 'TABLE' || word === 'VIEW' ? 2 : 1)
    .filter(({ kind }) => kind !== 'operator')
    .map(({ value }) => value);
  const query = new Query(how.store, how);
  const table = query.resolve(parts);
  const fields =
    table.kind === 'VIEW'
      ? await how.store.describe((await query.translate(table.query)).sql)
      : table.versions.at(-1).fields;
  return fields.map((field) => ({
    name: field.name,
    type: typeText(field),
    kind: 'COLUMN',
    'null?': field.nullable ? 'Y' : 'N',
    'primary key': 'N',
    'unique key': 'N',
  }));
}

export async function showSql(tokens, how) {
  const words = tokens.slice(1).map(({ upper }) => upper);
  if (words[0] === 'TERSE') words.shift();
  if (tokens[0].upper !== 'SHOW')
    return rowsSql(
      ['name', 'type', 'kind', 'null?', 'default', 'primary key', 'unique key', 'check', 'expression', 'comment'],
      await describe(tokens, how),
    );
  switch (words[0]) {
    case 'TABLES':
      return rowsSql(tableColumns, objects(['TABLE', 'TEMPORARY', 'TRANSIENT'], tokens, how));
    case 'VIEWS':
      return rowsSql(viewColumns, objects(['VIEW'], tokens, how));
    case 'OBJECTS':
      return rowsSql(objectColumns, objects(['TABLE', 'TEMPORARY', 'TRANSIENT', 'VIEW'], tokens, how));
    case 'WAREHOUSES':
      return rowsSql(warehouseColumns, warehouses(tokens, how));
    case 'PARAMETERS':
      return rowsSql(['key', 'value', 'default', 'level', 'description', 'type'], parameters(tokens, how));
    default:
      throw compilation(`syntax error line 1 at position 5 unexpected '${tokens[1]?.text ?? '<EOF>'}'.`);
  }
}
