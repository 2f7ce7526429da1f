import type { OpenSource, TablePlan } from '../core/source.js';

/** The source, whose tables are planned otherwise. */
export function withTables(source: OpenSource, tables: readonly TablePlan[]): OpenSource {
  return {
    ...source,
    tables,
    narrowed: (table, indices, rows) => source.narrowed(table, indices, rows),
    confirm: (evidence) => source.confirm(evidence),
    serverLoad: () => source.serverLoad(),
    close: () => source.close(),
  };
}
