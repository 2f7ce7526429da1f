import type { RecordBatch, Schema } from 'apache-arrow';
import { ownValue } from '../../core/own-value.js';
import { classCounts } from '../../core/arrow/class-counts.js';
import { withAllColumns } from '../../core/arrow/complete-columns.js';
import { takeRows } from '../../core/arrow/take-rows.js';
import { factsCounter } from '../../core/arrow/batch-facts.js';
import { BatchHasher } from '../../core/digest/batch-hasher.js';
import { type Facts, sumFacts } from '../../core/facts.js';
import { type ErrorCode, TidemarkError } from '../../core/errors.js';
import type { Router } from '../../core/routing.js';
import { partitionName, targetKey, type TargetPlace } from '../../core/target-place.js';
import { arrowSchema, type Column } from '../../core/types.js';
import { formatCount } from '../../core/units.js';
import type { LedgerLine, ManifestShard, ManifestTable, ManifestVersion } from '../../manifest/shape.js';
import { routerOf } from '../../partition/router.js';
import { splitColumns } from '../../partition/split.js';
import { columnOf } from '../ledger-column.js';
import { factsFindings } from './compare-facts.js';
import { failure, type Finding } from './finding.js';

/** What a router says of rows that it finds no place for. */
const dataCodes: readonly ErrorCode[] = ['data.misfit', 'data.partitions', 'data.strata'];

/** A shard's rows, counted anew. */
export interface CountedShard {
  /** Undefined: they are read as other types. */
  readonly facts: Facts | undefined;
  readonly findings: readonly Finding[];
}

/** Counts the rows of a table anew, from its files, of which any may come in any order. */
export class RowCount {
  private readonly factsOf: (batch: RecordBatch) => Facts;
  private readonly hasher: BatchHasher | undefined;
  private readonly columns: readonly Column[];
  private readonly schema: Schema;
  /** The column of classes, where the table has one. */
  private readonly label: string | undefined;
  /** Undefined where rows are in one place, or what decides is not in the files or is masked there. */
  private readonly router: Router | undefined;
  /** Whether the route tells parts of the split; partitions it always tells. */
  private readonly tellsSplit: boolean;
  private readonly partitioning: ManifestTable['partition'];
  private readonly targets: ReadonlyMap<ManifestShard, TargetPlace>;

  /**
   * @param entities whether it is told which entities are in which parts
   * @throws verification.failed for a type that is not known
   */
  constructor(table: ManifestTable, version: Pick<ManifestVersion, 'sample' | 'split' | 'label'>, entities: boolean) {
    const { partition } = table;
    const { sample, split, label } = byOwnKey(version, table.request.splitKey);
    const columns = table.schema.map(columnOf);
    this.columns = columns;
    this.schema = arrowSchema(columns);
    this.label = table.facts.classes === undefined ? undefined : label;
    this.tellsSplit = split !== undefined && holdsWhatDecides(splitColumns(split), table.schema);
    const tellsSample = sample !== undefined && holdsWhatDecides(sample.key, table.schema);
    this.partitioning = partition;
    const route = {
      sample: tellsSample ? sample : undefined,
      split: this.tellsSplit ? split : undefined,
      partitioning: partition,
      entities,
    };
    this.router = this.tellsSplit || tellsSample || partition ? routerOf(route, columns) : undefined;
    this.factsOf = factsCounter(this.schema, new Set());
    this.hasher = table.digest === undefined ? undefined : new BatchHasher(this.schema);
    this.targets = new Map(table.targets.flatMap((target) => target.shards.map((shard) => [shard, target] as const)));
  }

  /**
   * Reads a shard's rows, and compares them with what the manifest tells of them.
   * @param onEntities is given records of rows, as a router gives them
   */
  async count(
    shard: ManifestShard,
    batches: AsyncIterable<RecordBatch>,
    onEntities: (records: Uint8Array) => void,
  ): Promise<CountedShard> {
    const parts: Facts[] = [];
    let misplaced = 0;
    const { partition } = this.targets.get(shard)!;
    const complete = withAllColumns(this.columns, { partition });
    for await (const stored of batches) {
      const batch = complete(stored);
      const faults = this.schemaFaults(batch.schema, shard.path);
      if (faults.length > 0) return { facts: undefined, findings: faults };
      misplaced += this.misplacedRows(batch, shard, onEntities);
      const facts = this.factsOf(batch);
      parts.push({
        ...facts,
        ...(this.hasher && { sums: this.hasher.sumsOf(batch) }),
        ...(this.label !== undefined && { classes: classCounts(batch, this.label) }),
      });
    }
    const facts = sumFacts(this.schema.fields.length, parts);
    const findings = [
      ...rowFindings(shard, facts),
      ...factsFindings(shard.facts, facts, { file: shard.path, schema: this.schema }),
      ...misplacedFindings(misplaced, shard.path),
    ];
    return { facts, findings };
  }

  /** Rows whose key belongs to another part of the split. */
  private misplacedRows(batch: RecordBatch, shard: ManifestShard, onEntities: (records: Uint8Array) => void): number {
    if (this.router === undefined) return 0;
    const own = this.keyOf(this.targets.get(shard)!);
    try {
      const kept = this.router.keep?.(batch);
      const rows = kept === undefined ? batch : takeRows(batch, kept);
      const { keys, of, entities = [] } = this.router.route(rows, rows);
      for (const { records } of entities) onEntities(records);
      const part = keys.indexOf(own);
      return of.reduce((count, to) => count + Number(to !== part), batch.numRows - rows.numRows);
    } catch (thrown) {
      // A row that belongs to no part, or more partitions and strata than there can be.
      if (thrown instanceof TidemarkError && dataCodes.includes(thrown.code)) return batch.numRows;
      throw thrown;
    }
  }

  /** As the route names it; a manifest does not keep the order of folders. */
  private keyOf({ split, partition = {} }: TargetPlace): string {
    const names = this.partitioning?.by.map(partitionName) ?? [];
    return targetKey({
      split: this.tellsSplit ? split : undefined,
      partition: Object.fromEntries(names.map((name) => [name, ownValue(partition, name) ?? null])),
    });
  }

  private schemaFaults({ fields }: Schema, path: string): Finding[] {
    return this.schema.fields.flatMap(({ name, type }, index) => {
      const found = fields[index];
      if (found?.name === name && String(found.type) === String(type)) return [];
      const message = `column ${name} is read as another type`;
      const types = { expected: String(type), found: found === undefined ? 'nothing' : String(found.type) };
      return [failure('schema', path, message, { column: name, ...types })];
    });
  }
}

function rowFindings({ path, facts: { rows } }: ManifestShard, counted: Facts): Finding[] {
  if (rows === counted.rows) return [];
  const message = 'the file has another number of rows';
  return [failure('rows', path, message, { expected: `${rows}`, found: `${counted.rows}` })];
}

function misplacedFindings(rows: number, file: string): Finding[] {
  if (rows === 0) return [];
  return [
    failure(
      'split',
      file,
      `${formatCount(rows)} rows belong to another part, another partition, or are not in the sample`,
    ),
  ];
}

/** Whether the files of all tables have the values by which entities are told, and the parts that they are in. */
export function tellsEntities({ split, tables }: Pick<ManifestVersion, 'split' | 'tables'>): boolean {
  return (
    split !== undefined &&
    tables.every(({ schema, request: { splitKey: key = split.key } }) => {
      const deciding = split.by === 'hash' ? key : [...key, ...splitColumns(split)];
      return deciding.length > 0 && holdsWhatDecides(deciding, schema);
    })
  );
}

/** A table may have other names for the columns of an entity's key. */
function byOwnKey<Told extends Pick<ManifestVersion, 'sample' | 'split'>>(
  version: Told,
  key: readonly string[] | undefined,
): Told {
  const { sample, split } = version;
  if (key === undefined) return version;
  return {
    ...version,
    ...(sample && { sample: { ...sample, key } }),
    ...(split && { split: { ...split, key } }),
  };
}

/** Whether the files have the values by which it is told where rows go: a masked column has others. */
function holdsWhatDecides(deciding: readonly string[], ledger: readonly LedgerLine[]): boolean {
  const plain = ledger.filter(({ mask }) => mask === undefined);
  if (deciding.length === 0) return plain.length === ledger.length;
  return deciding.every((name) => plain.some((column) => column.name === name));
}
