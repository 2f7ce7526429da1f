import type { Schema } from 'apache-arrow';
import { ownValue } from '../../core/own-value.js';
import { rowsDigest, schemaFingerprint } from '../../core/digest/digest.js';
import { type Facts, sumFacts } from '../../core/facts.js';
import { arrowSchema } from '../../core/types.js';
import type { ManifestShard, ManifestTable, ManifestVersion } from '../../manifest/shape.js';
import { columnOf } from '../ledger-column.js';
import { factsFindings, type ToldFacts } from './compare-facts.js';
import { failure, type Finding } from './finding.js';

/** What was counted of a table's shards, and what the manifest tells of all of them together. */
export class TableTotals {
  private readonly schema: Schema;
  private readonly label: string | undefined;
  /** Of the shards that were read, by target. */
  private readonly counted: Facts[][];
  /** Which target a shard is of. */
  private readonly targets: ReadonlyMap<ManifestShard, number>;

  /**
   * @param file the manifest's, which findings name
   * @throws verification.failed for a type that is not known
   */
  constructor(
    private readonly table: ManifestTable,
    private readonly file: string,
    { label }: Pick<ManifestVersion, 'label'>,
  ) {
    this.schema = arrowSchema(table.schema.map(columnOf));
    this.label = table.facts.classes === undefined ? undefined : label;
    this.counted = table.targets.map(() => []);
    this.targets = new Map(
      table.targets.flatMap(({ shards }, index) => shards.map((shard) => [shard, index] as const)),
    );
  }

  add(shard: ManifestShard, facts: Facts): void {
    this.counted[this.targets.get(shard)!]!.push(facts);
  }

  /** What is told of targets and of the whole table, and is not so; nothing where a shard could not be read. */
  findings(): Finding[] {
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

  /** Of the parts of a split that are in partitions. */
  private partTotals(sums: readonly Facts[]): Finding[] {
    const { parts = [], targets } = this.table;
    const width = this.schema.fields.length;
    return parts.flatMap((part) => {
      const own = sums.filter((_, index) => targets[index]!.split === part.split);
      return this.compareTotal(part, sumFacts(width, own));
    });
  }

  private compareTotal(told: { readonly facts: ToldFacts; readonly digest?: string }, counted: Facts): Finding[] {
    const findings = [
      ...factsFindings(told.facts, counted, { file: this.file, schema: this.schema }),
      ...this.classFindings(told.facts, counted),
    ];
    const digest = rowsDigest(schemaFingerprint(this.schema), counted);
    if (told.digest === undefined || told.digest === digest) return findings;
    const message = `the digest of table ${this.table.name} is not that of its rows`;
    return [...findings, failure('digest', this.file, message, { expected: told.digest, found: digest ?? 'none' })];
  }

  private classFindings({ classes = {} }: ToldFacts, { classes: found = {} }: Facts): Finding[] {
    const values = [...new Set([...Object.keys(classes), ...Object.keys(found)])];
    return values.flatMap((value) => {
      const [expected, counted] = [ownValue(classes, value) ?? 0, ownValue(found, value) ?? 0];
      if (expected === counted || this.label === undefined) return [];
      const message = `the number of rows of class ${value} is another one`;
      const numbers = { expected: String(expected), found: String(counted) };
      return [failure('statistics', this.file, message, { column: this.label, ...numbers })];
    });
  }
}
