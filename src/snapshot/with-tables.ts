import type { OpenSource, TablePlan } from '../core/source.js';

/** The source, whose tables are planned otherwise. */
export function withTables(source: OpenSource, tables: readonly TablePlan[]): OpenSource {
  const { server, certificate, ticket, maxLanes, warnings, lost, horizon, increment, isSame } = source;
  return {
    server,
    certificate,
    tables,
    ticket,
    maxLanes,
    warnings,
    lost,
    horizon,
    increment,
    isSame,
    narrowed: (table, indices, rows) => source.narrowed(table, indices, rows),
    confirm: (evidence) => source.confirm(evidence),
    serverLoad: () => source.serverLoad(),
    close: () => source.close(),
  };
}
