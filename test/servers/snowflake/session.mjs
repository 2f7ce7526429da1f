// Statements that are not SELECT: what they say of the session, the tables and the warehouses, as DuckDB's SQL of their result.
import { Query } from './query.mjs';
import { showSql } from './show.mjs';
import { compilation, denied } from './refusal.mjs';
import { quoteText } from './types.mjs';
import { tokensOf } from './lexer.mjs';

const done = `select 'Statement executed successfully.' as "status"`;

function alterSession(tokens, { session }) {
  for (let i = 3; i + 2 < tokens.length; i += 3) {
    if (tokens[i].text === ',') i += 1;
    session.parameters[tokens[i].value] = tokens[i + 2].value ?? tokens[i + 2].text;
  }
  return done;
}

function alterTable(tokens, how) {
  const at = tokens.findIndex(({ upper }) => upper === 'SET');
  const parts = tokens.slice(2, at).filter(({ kind }) => kind !== 'operator');
  const table = new Query(how.store, how).resolve(parts.map(({ value }) => value));
  if (how.store.settings.readOnly !== false) throw denied();
  const value = tokens[at + 3].upper;
  if (tokens[at + 1].upper === 'CHANGE_TRACKING') {
    if (value === 'TRUE' && !table.changeTracking) table.trackedSince = table.versions.at(-1).nanos;
    table.changeTracking = value === 'TRUE';
  } else if (tokens[at + 1].upper === 'DATA_RETENTION_TIME_IN_DAYS') table.retentionDays = Number(value);
  else throw denied();
  return done;
}

function use(tokens, { session, store }) {
  const word = tokens[1].upper;
  const named = ['DATABASE', 'SCHEMA', 'WAREHOUSE', 'ROLE'].includes(word);
  const parts = tokens
    .slice(named ? 2 : 1)
    .filter(({ kind }) => kind !== 'operator')
    .map(({ value }) => value);
  if (word === 'SECONDARY') return done;
  if (word === 'WAREHOUSE') session.warehouse = parts[0];
  else if (word === 'ROLE') session.role = parts[0];
  else if (word === 'SCHEMA' || parts.length === 2)
    [session.database, session.schema] = parts.length === 2 ? parts : [session.database, parts[0]];
  else Object.assign(session, { database: parts[0], schema: store.settings.schema });
  return done;
}

async function explain(text, how) {
  const { tables } = await new Query(how.store, how).translate(text.replace(/^\s*EXPLAIN\s+(?:USING\s+\w+\s+)?/i, ''));
  const scans = [];
  for (const { table, version } of tables)
    if (version !== undefined)
      scans.push({
        name: `${table.database}.${table.schema}.${table.name}`,
        rows: version.rows,
        bytes: table.bytes ?? version.rows * 100,
      });
  const partitions = scans.map(({ rows }) => Math.max(1, Math.ceil(rows / 100_000)));
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const content = {
    GlobalStats: {
      partitionsTotal: sum(partitions),
      partitionsAssigned: sum(partitions),
      bytesAssigned: sum(scans.map(({ bytes }) => bytes)),
    },
    Operations: [
      [
        { id: 0, operation: 'Result' },
        ...scans.map(({ name, bytes }, i) => ({
          id: i + 1,
          parentOperators: [0],
          operation: 'TableScan',
          objects: [name],
          partitionsAssigned: partitions[i],
          partitionsTotal: partitions[i],
          bytesAssigned: bytes,
        })),
      ],
    ],
  };
  return `select ${quoteText(JSON.stringify(content))} as "content"`;
}

/** DuckDB's SQL of the result of a statement that is no query, undefined for one that is. */
export async function commandSql(text, how) {
  const tokens = tokensOf(text.replace(/[\s;]+$/, ''));
  const [first, second] = tokens.map(({ upper }) => upper);
  if (['SELECT', 'WITH', '('].includes(first)) return undefined;
  if (tokens.some((one) => one.kind === 'operator' && one.text === ';'))
    throw compilation('Only one statement is known here');
  if (first === 'SHOW' || first === 'DESCRIBE' || first === 'DESC') return showSql(tokens, how);
  if (first === 'EXPLAIN') return explain(text, how);
  if (first === 'ALTER' && second === 'SESSION') return alterSession(tokens, how);
  if (first === 'ALTER' && second === 'TABLE') return alterTable(tokens, how);
  if (first === 'USE') return use(tokens, how);
  if (
    /^(?:INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|ALTER|TRUNCATE|COPY|PUT|GET|CALL|GRANT|REVOKE|UNDROP)$/.test(
      first ?? '',
    )
  )
    throw denied();
  throw compilation(`syntax error line 1 at position 0 unexpected '${tokens[0]?.text ?? '<EOF>'}'.`);
}
