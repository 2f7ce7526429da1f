// What CHANGES tells: the net difference of two versions of a table, by their rows' hidden ids.
import { rowId } from './store.mjs';
import { quoteName } from './types.mjs';

const id = quoteName(rowId);

/** @param {string} information DEFAULT, or APPEND_ONLY: rows that came, whatever became of others */
export function changesSql(from, to, information) {
  const columns = to.fields.map(({ name }) => quoteName(name));
  const same = columns.map((one) => `a.${one} is not distinct from b.${one}`).join(' and ');
  const told = (side, action, isUpdate) =>
    `select ${columns.map((one) => `${side}.${one}`).join(', ')}, '${action}' as "METADATA$ACTION", ${isUpdate} as "METADATA$ISUPDATE", md5(${side}.${id}::VARCHAR) as ${id}`;
  const come = `${told('b', 'INSERT', 'false')} from ${to.physical} b anti join ${from.physical} a on a.${id} = b.${id}`;
  if (information === 'APPEND_ONLY') return come;
  const gone = `${told('a', 'DELETE', 'false')} from ${from.physical} a anti join ${to.physical} b on a.${id} = b.${id}`;
  const both = `from ${from.physical} a join ${to.physical} b on a.${id} = b.${id} where not (${same})`;
  return [come, gone, `${told('a', 'DELETE', 'true')} ${both}`, `${told('b', 'INSERT', 'true')} ${both}`].join(
    ' union all ',
  );
}
