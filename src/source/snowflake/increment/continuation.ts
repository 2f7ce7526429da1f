import type { SourceRequest } from '../../../core/source.js';
import { type Continuation, continuationByWindows } from '../../../core/windows.js';
import { type CursorQueries, sqlCursor } from '../../sql-cursor.js';
import type { SnowflakeService } from '../connection/service.js';
import type { Subject } from '../plan/subject.js';
import { cursorColumn } from './cursor.js';
import { fromOf } from './wanted-rows.js';

/**
 * Decides how it is told which rows are new: by cursors.
 * @throws data.parent where that is not possible; data.cursor; request.invalid
 */
export function continuationOf(
  request: SourceRequest,
  { service, subjects }: { readonly service: SnowflakeService; readonly subjects: readonly Subject[] },
): Promise<Continuation<string>> {
  const queries: CursorQueries<string> = {
    now: service.facts.now,
    mark: (condition, mark) => `IFF(${condition}, ${mark}, 0)`,
    row: (sql, binds, doing) => service.row({ sql, binds }, doing),
  };
  const cursors = subjects.map((subject) => {
    const { cursor, name } = subject.request;
    if (cursor === undefined) return undefined;
    const columns = cursor.columns.map((column) => cursorColumn(column, subject.fields));
    const { sql: from, binds: parameters } = fromOf(subject);
    return sqlCursor(queries, { name, columns, from, parameters }, cursor);
  });
  return continuationByWindows(request, cursors, ['no --cursor and --lag say by which column rows come']);
}
