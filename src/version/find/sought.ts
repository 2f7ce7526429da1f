import type { RecordBatch } from 'apache-arrow';
import { hashText } from '../../core/digest/hash-text.js';
import { hashesOfKeys } from '../../core/digest/hashes-of-keys.js';
import type { Secret } from '../../core/secret.js';
import { type Column, type LogicalType, typeName } from '../../core/types.js';
import type { LedgerLine, ManifestTable, ManifestVersion } from '../../manifest/shape.js';
import { keyFingerprint } from '../../mask/hashed-texts.js';
import { batchMask } from '../../mask/mask-batch.js';
import { columnOf } from '../ledger-column.js';
import { keyText } from './key-text.js';
import { valuesOfTexts } from './values.js';

/** Values that are sought, as text, by column. */
export type SoughtKey = Readonly<Record<string, string>>;

/** What rows of a table are told by. */
export interface Sought {
  /** Those of the key, as they are written. */
  readonly columns: readonly Column[];
  /** Rows of one key each; there are several where it is not known what kind of value was masked, and none where the texts are no values. */
  readonly candidates: readonly RecordBatch[];
  /** Hashes of the candidates. */
  readonly hashes: ReadonlySet<string>;
  /** Whether the texts are values of their columns' kinds. */
  readonly isValue: boolean;
  /** What is said of how the texts were taken. */
  readonly notes: readonly string[];
}

/** What a masked column may have been made of: it says no more. Numbers are told apart by their values, whatever their types. */
const maskable: readonly LogicalType[] = [
  { kind: 'text' },
  { kind: 'decimal', precision: 38, scale: 0 },
  { kind: 'decimal', precision: 38, scale: 12 },
  { kind: 'uuid' },
  { kind: 'date' },
  { kind: 'timestamp', utc: false },
  { kind: 'timestamp', utc: true },
  { kind: 'bool' },
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
  const candidates: RecordBatch[] = [];
  const notes = new Set<string>();
  let isValue = false;
  for (const types of typesOf(lines, columns)) {
    const read = columns.map((column, index): Column => {
      const { mask } = lines[index]!;
      return { ...column, type: types[index]!, ...(mask && { mask }) };
    });
    const { batch, ...told } = await readKey(read, Object.values(key));
    isValue ||= told.isValue;
    for (const note of told.notes) notes.add(note);
    if (batch !== undefined) candidates.push(batchMask(read, maskKey?.reveal())?.(batch) ?? batch);
  }
  return { columns, candidates, hashes: hashesOfAll(columns, candidates), isValue, notes: [...notes] };
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

/** By column, which type its text is read as: all ways to read masked ones. */
function typesOf(lines: readonly LedgerLine[], columns: readonly Column[]): readonly (readonly LogicalType[])[] {
  return columns.reduce<readonly (readonly LogicalType[])[]>(
    (all, { type }, index) =>
      all.flatMap((types) =>
        (lines[index]!.mask === undefined ? [type] : maskable).map((one): readonly LogicalType[] => [...types, one]),
      ),
    [[]],
  );
}

function hashesOfAll(columns: readonly Column[], candidates: readonly RecordBatch[]): ReadonlySet<string> {
  const hashes = new Set<string>();
  const names = columns.map(({ name }) => name);
  const eachHash = hashesOfKeys(names, columns);
  for (const batch of candidates) eachHash(batch, (words) => void hashes.add(hashText(words, 0)));
  return hashes;
}
