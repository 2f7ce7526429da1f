import type { RecordBatch, Schema } from 'apache-arrow';
import { ownValue } from '../../core/own-value.js';
import { classCounts } from '../../core/arrow/class-counts.js';
import { withAllColumns } from '../../core/arrow/complete-columns.js';
import { takeRows } from '../../core/arrow/take-rows.js';
import { factsCounter } from '../../core/arrow/batch-facts.js';
import { BatchHasher } from '../../core/digest/batch-hasher.js';
import { rowsDigest, schemaFingerprint } from '../../core/digest/digest.js';
import { hashSumText } from '../../core/digest/sums.js';
import { type Facts, sumFacts } from '../../core/facts.js';
import { type ErrorCode, TidemarkError } from '../../core/errors.js';
import type { Router } from '../../core/routing.js';
import { columnStatistics } from '../../core/statistics.js';
import { partitionName, targetKey, type TargetPlace } from '../../core/target-place.js';
import { arrowSchema, type Column } from '../../core/types.js';
import { formatCount } from '../../core/units.js';
import type {
  LedgerLine,
  ManifestColumnFacts,
  ManifestShard,
  ManifestTable,
  ManifestVersion,
} from '../../manifest/shape.js';
import { routerOf } from '../../partition/router.js';
import { splitColumns } from '../../partition/split.js';
import { columnOf } from '../ledger-column.js';
import type { EntityRecount } from './entities.js';
import { failure, type Finding } from './finding.js';

type Told = ManifestShard['facts'];

/** What a router says of rows that it finds no place for. */
const dataCodes: readonly ErrorCode[] = ['data.misfit', 'data.partitions', 'data.strata'];

/** Counts a table's rows anew, from its files. */
export class Recount {
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
  /** Of the shards that were read, by target. */
  private readonly counted: Facts[][];
  /** Which target a shard is of. */
  private readonly targets: ReadonlyMap<ManifestShard, number>;

  /** @throws verification.failed for a type that is not known */
  constructor(
    private readonly table: ManifestTable,
    private readonly file: string,
    version: Pick<ManifestVersion, 'sample' | 'split' | 'label'> = {},
    private readonly entities?: EntityRecount,
  ) {
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
      entities: entities !== undefined,
    };
    this.router = this.tellsSplit || tellsSample || partition ? routerOf(route, columns) : undefined;
    this.factsOf = factsCounter(this.schema, new Set());
    this.hasher = table.digest === undefined ? undefined : new BatchHasher(this.schema);
    this.counted = table.targets.map(() => []);
    this.targets = new Map(
      table.targets.flatMap(({ shards }, index) => shards.map((shard) => [shard, index] as const)),
    );
  }

  /** Reads a shard's rows, and compares them with what the manifest tells of them. */
  async shard(shard: ManifestShard, batches: AsyncIterable<RecordBatch>): Promise<readonly Finding[]> {
    const parts: Facts[] = [];
    let misplaced = 0;
    const { partition } = this.table.targets[this.targetOf(shard)]!;
    const complete = withAllColumns(this.columns, { partition });
    for await (const stored of batches) {
      const batch = complete(stored);
      const faults = this.schemaFaults(batch.schema, shard.path);
      if (faults.length > 0) return faults;
      misplaced += this.misplacedRows(batch, shard);
      const facts = this.factsOf(batch);
      parts.push({
        ...facts,
        ...(this.hasher && { sums: this.hasher.sumsOf(batch) }),
        ...(this.label !== undefined && { classes: classCounts(batch, this.label) }),
      });
    }
    const facts = sumFacts(this.schema.fields.length, parts);
    this.counted[this.targetOf(shard)]!.push(facts);
    return [
      ...rowFindings(shard, facts),
      ...this.compare(shard.facts, facts, shard.path),
      ...misplacedFindings(misplaced, shard.path),
    ];
  }

  /** Rows whose key belongs to another part of the split. */
  private misplacedRows(batch: RecordBatch, shard: ManifestShard): number {
    if (this.router === undefined) return 0;
    const own = this.keyOf(this.table.targets[this.targetOf(shard)]!);
    try {
      const kept = this.router.keep?.(batch);
      const rows = kept === undefined ? batch : takeRows(batch, kept);
      const { keys, of, entities = [] } = this.router.route(rows, rows);
      for (const { records } of entities) this.entities?.note(records);
      const part = keys.indexOf(own);
      return of.reduce((count, to) => count + Number(to !== part), batch.numRows - rows.numRows);
    } catch (thrown) {
      // A row that belongs to no part, or more partitions and strata than there can be.
      if (thrown instanceof TidemarkError && dataCodes.includes(thrown.code)) return batch.numRows;
      throw thrown;
    }
  }

  /** What is told of targets and of the whole table; nothing where a shard could not be read. */
  totals(): Finding[] {
    const { table, counted } = this;
    if (table.targets.some(({ shards }, index) => shards.length !== counted[index]!.length)) return [];
    const width = this.schema.fields.length;
    const sums = counted.map((facts) => sumFacts(width, facts));
    return [
      ...table.targets.flatMap((target, index) => this.compareTotal(target, sums[index]!)),
      ...this.partTotals(sums),
      ...this.compareTotal(table, sumFacts(width, sums)),
    ];
  }

  /** As the route names it; a manifest does not keep the order of folders. */
  private keyOf({ split, partition = {} }: TargetPlace): string {
    const names = this.partitioning?.by.map(partitionName) ?? [];
    return targetKey({
      split: this.tellsSplit ? split : undefined,
      partition: Object.fromEntries(names.map((name) => [name, ownValue(partition, name) ?? null])),
    });
  }

  /** Of the parts of a split that are in partitions. */
  private partTotals(sums: readonly Facts[]): Finding[] {
    const { parts = [], targets } = this.table;
    const width = this.schema.fields.length;
    return parts.flatMap((part) => {
      const own = sums.filter((_, index) => targets[index]!.split === part.split);
      return this.compareTotal(part, sumFacts(width, own));
    });
  }

  private targetOf(shard: ManifestShard): number {
    return this.targets.get(shard)!;
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

  private compareTotal(told: { readonly facts: Told; readonly digest?: string }, counted: Facts): Finding[] {
    const findings = [...this.compare(told.facts, counted, this.file), ...this.classFindings(told.facts, counted)];
    const digest = rowsDigest(schemaFingerprint(this.schema), counted);
    if (told.digest === undefined || told.digest === digest) return findings;
    const message = `the digest of table ${this.table.name} is not that of its rows`;
    return [...findings, failure('digest', this.file, message, { expected: told.digest, found: digest ?? 'none' })];
  }

  private classFindings({ classes = {} }: Told, { classes: found = {} }: Facts): Finding[] {
    const values = [...new Set([...Object.keys(classes), ...Object.keys(found)])];
    return values.flatMap((value) => {
      const [expected, counted] = [ownValue(classes, value) ?? 0, ownValue(found, value) ?? 0];
      if (expected === counted || this.label === undefined) return [];
      const message = `the number of rows of class ${value} is another one`;
      const numbers = { expected: String(expected), found: String(counted) };
      return [failure('statistics', this.file, message, { column: this.label, ...numbers })];
    });
  }

  private compare(told: Told, { sums, ...counted }: Facts, file: string): Finding[] {
    const findings = told.columns.flatMap((column, index) => {
      const field = this.schema.fields[index]!;
      const found = columnStatistics(counted.columns[index]!, field);
      const sum = sums && hashSumText(sums.columns[index]!);
      return columnFindings(column, { ...found, ...(sum !== undefined && { sum }) }, { file, column: field.name });
    });
    if (told.sum === undefined || sums === undefined || told.sum === hashSumText(sums.rows)) return findings;
    const message = 'the rows are not those that the digest was made of';
    return [...findings, failure('digest', file, message, { expected: told.sum, found: hashSumText(sums.rows) })];
  }
}

const statistics = { nulls: 'number of NULLs', min: 'smallest value', max: 'largest value' } as const;

/** What the manifest does not tell (of redacted columns, of older versions) is not compared. */
function columnFindings(
  told: ManifestColumnFacts,
  found: Partial<Record<keyof typeof statistics | 'sum', string | number>>,
  { file, column }: { readonly file: string; readonly column: string },
): Finding[] {
  const findings = (Object.keys(statistics) as (keyof typeof statistics)[]).flatMap((key) => {
    if (told[key] === undefined || told[key] === found[key]) return [];
    const values = { expected: String(told[key]), found: String(found[key] ?? 'none') };
    return [failure('statistics', file, `the ${statistics[key]} is another one`, { column, ...values })];
  });
  if (told.sum === undefined || found.sum === undefined || told.sum === found.sum) return findings;
  const message = 'the values are not those that the digest was made of';
  return [...findings, failure('digest', file, message, { column, expected: told.sum, found: String(found.sum) })];
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
