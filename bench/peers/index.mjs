// All contenders, in the order of their turns. Each is `{ name, available(env), command(job) }`:
//   available  undefined when it can run here, else the reason why not
//   command    `{ argv, env }` that reads the job's rows and writes Parquet (snappy) or CSV under `job.out`; undefined when it has
//              no way to do this job. A floor writes nothing.
import { connectorx } from './connectorx.mjs';
import { duckdb } from './duckdb.mjs';
import { oneCopy, parallelCopies } from './floor.mjs';
import { tidemark } from './tidemark.mjs';

export const peers = [parallelCopies, oneCopy, tidemark, duckdb, connectorx];
