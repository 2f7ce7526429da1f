import { pythonPeer } from './python.mjs';

/** Its postgres extension cuts the table into ranges of pages, reads them over several connections in one exported snapshot. */
export const duckdb = pythonPeer({
  name: 'DuckDB',
  id: 'duckdb',
  replays: true,
  quick: true,
  packages: ['duckdb==1.5.5', 'duckdb-extension-postgres==1.5.5'],
  program: './read_duckdb.py',
});
