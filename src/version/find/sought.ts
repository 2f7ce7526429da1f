import type { RecordBatch } from 'apache-arrow';
import { hashText } from '../../core/digest/hash-text.js';
import { hashesOfKeys } from '../../core/digest/hashes-of-keys.js';
import type { Secret } from '../../core/secret.js';
import { type Column, type LogicalType, typeName } from '../../core/types.js';
import type { LedgerLine, ManifestTable, ManifestVersion } from '../../manifest/shape.js';
import { keyFingerprint } from '../../mask/hashed-texts.js';
import { batchMask } from '../../mask/mask-batch.js';
import { columnOf } from '../ledger-column.js';
import { inLine } from '../../core/in-line.js';
import { decimalFor } from './key-numbers.js';
import { keyText } from './key-text.js';
import { comparable, isPadded, type SameText, sameTextOf } from './same-value.js';
import { valuesOfTexts } from './values.js';

/** Values that are sought, as text, by column. */
export type SoughtKey = Readonly<Record<string, string>>;

/** What rows of a table are told by. */
export interface Sought {
  /** Those of the key, as they are written. */
  readonly columns: readonly Column[];
  /** Rows of one key each; there are several where it is not known what kind of value was masked, and none where the texts are no values. */
  readonly candidates: readonly RecordBatch[];
  /** Gives batches of the columns as they are compared. */
  readonly asCompared: (batch: RecordBatch) => RecordBatch;
  /** By column, whether its smallest and largest value say where a value may be. */
  readonly inOrder: readonly boolean[];
  /** Hashes of the candidates. */
  readonly hashes: ReadonlySet<string>;
  /** Whether the texts are values of their columns' kinds. */
  readonly isValue: boolean;
  /** What is said of how the texts were taken. */
  readonly notes: readonly string[];
}

/** What a masked column may have been made of: all that hashes tell apart. Numbers are those by their values, whatever their types. */
const maskable: readonly LogicalType[] = [
  ...(['text', 'json', 'binary', 'uuid', 'date', 'bool'] as const).map((kind) => ({ kind })),
  ...([undefined, 'ns'] as const).flatMap((unit): readonly LogicalType[] => [
    { kind: 'time', ...(unit && { unit }) },
    ...[false, true].map((utc) => ({ kind: 'timestamp', utc, ...(unit && { unit }) }) as const),
  ]),
];

/**
 * What rows of a table are looked for by.
 * @param maskKey of masks by hash
 * @returns undefined: it does not have the columns; a text: why nobody can tell
 */
export async function soughtIn(
  { schema }: Pick<ManifestTable, 'schema'>,
  version: Pick<ManifestVersion, 'maskKey'>,
  { key, maskKey }: { readonly key: SoughtKey; readonly maskKey: Secret | undefined },
): Promise<Sought | string | undefined> {
  const lines: LedgerLine[] = [];
  for (const name of Object.keys(key)) {
    const line = schema.find((one) => one.name === name);
    if (line === undefined) return undefined;
    lines.push(line);
  }
  const untold = whyUntold(lines, version, maskKey);
  if (untold !== undefined) return untold;
  const columns = lines.map(columnOf);
  const same = lines.map(sameTextOf);
  const readings = await Promise.all(
    lines.map((line, index) => readingsOf({ line, column: columns[index]!, same: same[index] }, key[line.name]!)),
  );
  const candidates: RecordBatch[] = [];
  const notes = new Set(lines.flatMap(textNote));
  let isValue = false;
  for (const row of combined(readings)) {
    const read = row.map(({ column }) => column);
    const { batch, ...told } = await readKey(
      read,
      row.map(({ text }) => text),
    );
    isValue ||= told.isValue;
    for (const note of told.notes) notes.add(note);
    if (batch !== undefined) candidates.push(batchMask(read, maskKey?.reveal())?.(batch) ?? batch);
  }
  const asCompared = comparable(same);
  const hashes = hashesOfAll(columns, candidates.map(asCompared));
  return {
    columns,
    candidates,
    hashes,
    asCompared,
    inOrder: same.map((one) => one === undefined),
    isValue,
    notes: [...notes],
  };
}

/** A text that is sought, and as what it is read. */
interface Reading {
  readonly column: Column;
  readonly text: string;
}

interface SoughtColumn {
  readonly line: LedgerLine;
  readonly column: Column;
  readonly same: SameText | undefined;
}

/** What a text may be in a column: all that a masked one may have been made of. None: no value of it. */
async function readingsOf(
  { line: { mask, sourceType }, column, same }: SoughtColumn,
  text: string,
): Promise<readonly Reading[]> {
  if (mask === undefined) return same !== undefined && same(text) === undefined ? [] : [{ column, text }];
  const decimal = decimalFor(text);
  const found: Reading[] = [];
  for (const type of [...maskable, ...(decimal ? [decimal] : [])]) {
    const masked = { ...column, type, mask };
    const texts = type.kind === 'text' && isPadded(sourceType) ? paddedTexts(text, sourceType) : [text];
    for (const one of texts)
      if ((await readKey([masked], [one])).batch !== undefined) found.push({ column: masked, text: one });
  }
  return found;
}

/** With blanks up to the column's length, as some databases give them, and without. */
function paddedTexts(text: string, sourceType: string): readonly string[] {
  const trimmed = text.replace(/ +$/, '');
  const length = Number(/\((\d{1,4})\)/.exec(sourceType)?.[1] ?? 0);
  const missing = length - [...trimmed].length;
  return missing > 0 ? [trimmed, trimmed + ' '.repeat(missing)] : [trimmed];
}

/** One reading of each column, in all ways. */
const combined = (readings: readonly (readonly Reading[])[]): readonly (readonly Reading[])[] =>
  readings.reduce<readonly (readonly Reading[])[]>(
    (rows, own) => rows.flatMap((row) => own.map((one) => [...row, one])),
    [[]],
  );

/** Texts that stand for values of which others may have been meant. */
function textNote(line: LedgerLine): readonly string[] {
  const { name, type, sourceType, exactness, mask } = line;
  const isLoose = type === 'json' || (type === 'utf8' && exactness === 'widened');
  if (mask !== undefined || !isLoose || sameTextOf(line) !== undefined) return [];
  return [`${inLine(name)} (${sourceType}) is kept as text: rows were looked for that have this very text`];
}

/** A key as a row of its columns; without one, no row can have it, or the texts are no values. */
interface ReadKey extends Pick<Sought, 'isValue' | 'notes'> {
  readonly batch: RecordBatch | undefined;
}

async function readKey(columns: readonly Column[], texts: readonly string[]): Promise<ReadKey> {
  const told = columns.map(({ type }, index) => keyText(texts[index]!, type));
  const none: ReadKey = { batch: undefined, isValue: false, notes: [] };
  if (told.includes(undefined)) return none;
  const beyond = columns.flatMap(({ name, type, mask }, index) =>
    told[index] === 'beyond' && mask === undefined
      ? [`${texts[index]} is no value that ${name} (${typeName(type)}) can have: no row has it`]
      : [],
  );
  const fields = told.flatMap((one, index) => (typeof one === 'object' ? [{ ...one, column: columns[index]! }] : []));
  const batch = await valuesOfTexts(
    fields.map(({ column }) => column),
    [fields.map(({ field }) => field)],
  );
  if (batch === undefined && fields.length > 0) return none;
  const doubts = fields.flatMap(({ doubt, column }) => (doubt === undefined ? [] : [`${column.name}: ${doubt}`]));
  return { batch: told.includes('beyond') ? undefined : batch, isValue: true, notes: [...beyond, ...doubts] };
}

function whyUntold(
  lines: readonly LedgerLine[],
  { maskKey: fingerprint }: Pick<ManifestVersion, 'maskKey'>,
  maskKey: Secret | undefined,
): string | undefined {
  const other = lines.find(({ mask }) => mask !== undefined && mask !== 'hash');
  if (other !== undefined) return `${other.name} is masked by ${other.mask}: its values cannot be told apart`;
  const hashed = lines.find(({ mask }) => mask === 'hash');
  if (hashed === undefined || keyFingerprint(maskKey) === fingerprint) return undefined;
  const has =
    maskKey === undefined ? 'is needed' : `has the fingerprint ${keyFingerprint(maskKey)} and not ${fingerprint}`;
  return `${hashed.name} is masked by a hash, whose key ${has}`;
}

function hashesOfAll(columns: readonly Column[], candidates: readonly RecordBatch[]): ReadonlySet<string> {
  const hashes = new Set<string>();
  const names = columns.map(({ name }) => name);
  const eachHash = hashesOfKeys(names, columns);
  for (const batch of candidates) eachHash(batch, (words) => void hashes.add(hashText(words, 0)));
  return hashes;
}
