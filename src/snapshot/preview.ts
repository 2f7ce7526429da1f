import { join } from 'node:path';
import type { TablePlan } from '../core/source.js';
import { assertVersionAbsent } from '../destination/folder/index.js';
import { shardNames } from '../manifest/shard-names.js';
import { formatOf } from '../shard/registry.js';
import { openSource } from './open-source.js';
import type { Plan } from './plan.js';
import type { Preview, PreviewTable } from './result.js';
import { chooseThreads } from './threads.js';
import { assertWritable } from './writable.js';

/**
 * What a snapshot would do: opens the source at one moment, as the run does, and reads no row.
 * @throws TidemarkError request.invalid, request.version-exists, source.*; the signal's reason
 */
export async function previewSnapshot(plan: Plan, { signal }: { readonly signal: AbortSignal }): Promise<Preview> {
  assertWritable(plan);
  assertVersionAbsent(plan.out, plan.dataset, plan.version);
  const source = await openSource(plan, signal);
  try {
    const { server, certificate, tables } = source;
    return {
      server,
      certificate,
      tables: tables.map(previewTable),
      lanes: chooseThreads(plan, source).lanes,
      version: `dataset://${plan.dataset}/${plan.version}`,
      location: join(plan.out, plan.dataset, plan.version),
      shardNames: firstNames(plan, tables),
      warnings: [...plan.warnings, ...source.warnings],
    };
  } finally {
    await source.close();
  }
}

function previewTable(table: TablePlan): PreviewTable {
  const { name, query, columns, ranges, estimatedRows, sourceBytes, statement } = table;
  return {
    name,
    table: table.table,
    query,
    columns,
    ranges: ranges.map((range) => range.label),
    estimatedRows,
    sourceBytes,
    ...(statement === undefined ? {} : { statement }),
  };
}

/** A range may give several shards, or none: at least these names are likely. */
function firstNames(plan: Plan, tables: readonly TablePlan[]): readonly string[] {
  const counts = tables.map(({ name, ranges }) => ({ name, shards: Math.min(ranges.length, 3) }));
  return shardNames(plan.name, counts, formatOf(plan.format).ending).flat();
}
