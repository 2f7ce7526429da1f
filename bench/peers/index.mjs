// All contenders, in the order of their turns. Each is `{ name, id, available(env), can(job)?, command(job) }`:
//   available  undefined when it can run here, else the reason why not
//   can        whether it has a way to do this job at all; without it, it has
//   replays    true when it asks by simple COPY statements that are the same every time
//   own        true for another road of ours: nobody is compared with it
//   quick      true when it takes part in `--quick`
//   of         the workload's `of` in which alone it runs
//   changes    columns whose values are meant to be others
//   command    `{ argv, env }` that reads the job's rows and writes Parquet (snappy) or CSV under `job.out`. A `floor` writes nothing.
import { adbc } from './adbc.mjs';
import { connectorx } from './connectorx.mjs';
import { dlt } from './dlt.mjs';
import { duckdb } from './duckdb.mjs';
import { copyCsv, oneCopy, parallelCopies, psqlCsv } from './floor.mjs';
import { node } from './node.mjs';
import { pandas } from './pandas.mjs';
import { rivet } from './rivet.mjs';
import { sling } from './sling.mjs';
import { byCursor, csvFiles, tidemark, variants } from './tidemark.mjs';

export const peers = [
  ...[parallelCopies, oneCopy, tidemark, byCursor, ...variants],
  ...[csvFiles, psqlCsv, copyCsv],
  ...[duckdb, connectorx, adbc, rivet, sling, dlt, pandas, node],
];

/** What ran, for the record: the packages of Python and npm, each once, and what programs say of themselves. */
export function versionsOf(contestants) {
  const packages = contestants
    .flatMap((peer) => peer.packages ?? [])
    .map((requirement) => requirement.replace(/\[.*\]/, '').replace('==', ' '));
  return [...new Set([...packages, ...contestants.flatMap((peer) => peer.version?.() ?? [])])].sort();
}
