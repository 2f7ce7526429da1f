// What CHANGES tells: the rows by which one version of a table differs from the one before it.
import { Refusal } from './refusal.mjs';

const day = 86_400_000_000n;

/** Events between two times (microseconds), the first with its bound and the last without. An update is a DELETE and an UPDATE. */
function eventsSql({ versions }, start, end) {
  const columns = versions
    .at(-1)
    .fields.map(({ name }) => `"${name}"`)
    .join(', ');
  const events = versions.flatMap((version, i) => {
    if (version.time < start || version.time >= end) return [];
    const now = `select ${columns} from ${version.physical}`;
    const before = i === 0 ? `${now} where false` : `select ${columns} from ${versions[i - 1].physical}`;
    const { updates = false } = version;
    const told = (type, isForUpdate, rows) =>
      `select *, '${type}' as "_CHANGE_TYPE", make_timestamptz(${version.time}::BIGINT) as "_CHANGE_TIMESTAMP", ${isForUpdate} as "_CHANGE_IS_FOR_UPDATE" from (${rows})`;
    return [
      told('DELETE', updates, `${before} except all ${now}`),
      told(updates ? 'UPDATE' : 'INSERT', false, `${now} except all ${before}`),
    ];
  });
  if (events.length > 0) return events.join(' union all ');
  const none = `cast(null as varchar) as "_CHANGE_TYPE", cast(null as timestamptz) as "_CHANGE_TIMESTAMP", false as "_CHANGE_IS_FOR_UPDATE"`;
  return `select ${columns}, ${none} from ${versions.at(-1).physical} where false`;
}

/**
 * The rows of `CHANGES(TABLE table, start, end)`, as DuckDB's SQL.
 * @param settings with the milliseconds until changes are told
 */
export function changesSql(table, { start, end, now, settings }) {
  const name = `${table.project}:${table.dataset}.${table.name}`;
  if (table.changeHistory !== true)
    throw new Refusal('invalidQuery', `Change history is not enabled for table ${name}; set enable_change_history.`);
  if (end > now - BigInt(settings.historyMillis ?? 600_000) * 1000n)
    throw new Refusal('invalidQuery', 'CHANGES: end_timestamp must be at least 10 minutes before now.');
  if (end - start > day) throw new Refusal('invalidQuery', 'CHANGES: the time range must not be more than one day.');
  return eventsSql(table, start, end);
}
