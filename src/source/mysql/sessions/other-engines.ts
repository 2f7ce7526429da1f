import type { MysqlConnection } from '../connection/connection.js';
import type { Subject } from '../plan/table.js';

/**
 * Whether a table of another engine than InnoDB may be read: it is of one moment only as long as one statement reads it. Of queries and
 * views it is not known what they read, so that the names of such tables are looked for in their texts.
 */
export async function keepsNoMoments(connection: MysqlConnection, subjects: readonly Subject[]): Promise<boolean> {
  const own = subjects.some(({ table }) => table && !table.isView && table.engine !== 'InnoDB');
  if (own) return true;
  const texts = subjects.flatMap(({ request, table }) => request.query ?? (table?.isView ? table.table : []));
  if (texts.length === 0) return false;
  const others = await connection.query<{ name: string }>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES
      WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE <> 'InnoDB'
        AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')`,
    [],
    { doing: 'looking for tables of other engines' },
  );
  if (others.length === 0) return false;
  const views = await connection.query<{ name: string; text: string | null }>(
    `SELECT TABLE_NAME AS name, VIEW_DEFINITION AS text FROM information_schema.VIEWS WHERE TABLE_SCHEMA <> 'sys'`,
  );
  const read = withViews(texts, views);
  return others.some(({ name }) => names(read, name));
}

/** The texts, with those of the views that they name, and of the views that these name. */
function withViews(texts: readonly string[], views: readonly { name: string; text: string | null }[]): string {
  let all = texts.join('\n');
  let rest = views;
  for (let count = 0; count !== rest.length;) {
    count = rest.length;
    const found = rest.filter(({ name }) => names(all, name));
    rest = rest.filter((view) => !found.includes(view));
    all = [all, ...found.map(({ text }) => text ?? '')].join('\n');
  }
  return all;
}

function names(text: string, name: string): boolean {
  const escaped = name.replaceAll(/[^\w]/g, '\\$&');
  return new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`, 'i').test(text);
}
