import { optionNameInLine } from '../core/option-name.js';
import { invalidRequest } from '../core/errors.js';
import { kindText } from '../core/digest/kinds.js';
import { inLine } from '../core/in-line.js';
import { hashSumText } from '../core/digest/sums.js';
import { arrowSchema } from '../core/types.js';
import type { ManifestTable } from '../manifest/shape.js';
import { columnOf } from '../version/ledger-column.js';
import type { FoundVersion } from '../version/whole-chain.js';
import type { SchemaChange, UntoldColumn } from './diff-shape.js';
import { type Told, toldOf } from './told-sums.js';
import { untoldMasks } from './untold-masks.js';

/** Versions, of which the newest inherits the others; oldest first. */
export type Chain = readonly FoundVersion[];

export const newestOf = (chain: Chain): FoundVersion => chain.at(-1)!;

/** A table that both have, as their manifests tell of it. */
export interface TablePair {
  readonly from: ManifestTable;
  readonly to: ManifestTable;
  readonly told: { readonly from: Told | undefined; readonly to: Told | undefined };
  readonly schema: readonly SchemaChange[];
  /** Columns that both have, with values of the same kind. */
  readonly compared: readonly string[];
  readonly key: readonly string[];
  readonly untold: readonly UntoldColumn[];
  readonly same: boolean;
}

const tablesOf = (chain: Chain): readonly ManifestTable[] => newestOf(chain).manifest.version.tables;

/** The table that one is compared with: that of its name; where each version has one table alone, that one. */
function counterpart(table: ManifestTable, own: Chain, other: Chain): ManifestTable | undefined {
  const [only, ...more] = tablesOf(other);
  const isAlone = more.length === 0 && tablesOf(own).length === 1;
  return isAlone ? only : tablesOf(other).find(({ name }) => name === table.name);
}

/** Tables that one of both does not have. */
export function tableChanges([from, to]: readonly [Chain, Chain]): readonly SchemaChange[] {
  const missing = (own: Chain, other: Chain): readonly string[] =>
    tablesOf(own).flatMap((table) => (counterpart(table, own, other) === undefined ? [table.name] : []));
  return [
    ...missing(from, to).map((table) => ({ table, from: 'table' })),
    ...missing(to, from).map((table) => ({ table, to: 'table' })),
  ];
}

/** Tables that both have. @param key columns that tell a row; undefined: as both replace rows @throws request.invalid for a key that is in no table */
export function pairsOf([from, to]: readonly [Chain, Chain], key: readonly string[] | undefined): readonly TablePair[] {
  const pairs = tablesOf(from).flatMap((before) => {
    const after = counterpart(before, from, to);
    return after === undefined ? [] : [pairOf([from, before], [to, after], key)];
  });
  if (key === undefined || pairs.length === 0 || pairs.some((pair) => pair.key.length > 0)) return pairs;
  const names = pairs.flatMap(({ compared }) => compared);
  throw invalidRequest(
    `key: no table of both versions has ${key.map((name) => `"${inLine(name)}"`).join(' and ')}`,
    `Columns of both: ${[...new Set(names)].slice(0, 30).map(optionNameInLine).join(', ')}.`,
  );
}

function pairOf(
  [fromChain, from]: readonly [Chain, ManifestTable],
  [toChain, to]: readonly [Chain, ManifestTable],
  asked: readonly string[] | undefined,
): TablePair {
  const types = new Map(to.schema.map((line) => [line.name, line]));
  const schema: SchemaChange[] = [];
  const compared: string[] = [];
  for (const line of from.schema) {
    const other = types.get(line.name);
    types.delete(line.name);
    if (other?.type !== line.type)
      schema.push({ table: from.name, column: line.name, from: line.type, ...(other && { to: other.type }) });
    if (other !== undefined && kindOfColumn(line) === kindOfColumn(other)) compared.push(line.name);
  }
  for (const { name, type } of types.values()) schema.push({ table: from.name, column: name, to: type });
  const key = asked ?? (from.key?.join() === to.key?.join() ? from.key : undefined) ?? [];
  const told = { from: toldOf(fromChain, from), to: toldOf(toChain, to) };
  return {
    ...{ from, to, told, schema, compared },
    untold: untoldMasks(maskedIn(fromChain, from), maskedIn(toChain, to)),
    key: key.every((name) => compared.includes(name)) ? key : [],
    same:
      told.from !== undefined &&
      told.to !== undefined &&
      schema.length === 0 &&
      told.from.rows === told.to.rows &&
      hashSumText(told.from.sum) === hashSumText(told.to.sum),
  };
}

const maskedIn = (chain: Chain, table: ManifestTable): Parameters<typeof untoldMasks>[0] => ({
  table,
  version: newestOf(chain).manifest.version,
});

const kindOfColumn = (line: ManifestTable['schema'][number]): string =>
  kindText(arrowSchema([columnOf(line)]).fields[0]!);
