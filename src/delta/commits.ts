import { invalidRequest } from '../core/errors.js';
import { sha256 } from '../manifest/canonical.js';
import type { Manifest, ManifestTable } from '../manifest/shape.js';
import { columnOf } from '../version/ledger-column.js';
import type { FoundVersion } from '../version/whole-chain.js';
import { partitionColumnsOf, placedFiles, type PlacedFile, splitColumn, tableFolder } from './placed-files.js';
import { type DeltaSchema, deltaSchema } from './schema.js';

/** A version of a Delta table: the content of its file in the log. */
export interface Commit {
  /** The version of the dataset that it is of, as a URI. */
  readonly version: string;
  readonly content: string;
}

/**
 * A chain as versions of a Delta table, each of which adds the files of one version. They follow from manifests alone, so that they
 * can be made again. Delta protocol: "Actions"; https://github.com/delta-io/delta/blob/master/PROTOCOL.md.
 * @param name of the table; undefined: there is one
 * @throws request.invalid for a chain that is no such table
 */
export async function commitsOf(chain: readonly FoundVersion[], name: string | undefined): Promise<readonly Commit[]> {
  const newest = chain.at(-1)!;
  assertAppends(chain.map(({ manifest }) => manifest));
  const root = tableFolder(newest);
  const { name: table } = chosenTable(newest.manifest, name);
  const id = idOf(chain[0]!.manifest, table);
  const commits: Commit[] = [];
  let before: DeltaSchema | undefined;
  for (const found of chain) {
    const { version, run } = found.manifest;
    const own = chosenTable(found.manifest, table);
    const timestamp = Date.parse(run.finishedAt);
    const schema = schemaOf(own);
    const files = await placedFiles(found, own, root);
    const lines = [
      { commitInfo: commitInfo(found.manifest, timestamp, before === undefined) },
      ...(schema.hasTimesWithoutZone === before?.hasTimesWithoutZone ? [] : [protocolFor(schema)]),
      ...(schema.json === before?.json ? [] : [{ metaData: metaData(chain[0]!.manifest, { id, schema, table: own }) }]),
      ...files.map((file) => ({ add: addition(file, own, timestamp) })),
    ];
    before = schema;
    commits.push({ version: version.uri, content: lines.map((line) => `${JSON.stringify(line)}\n`).join('') });
  }
  return commits;
}

/** In a Delta table all rows of all files count. */
function assertAppends(chain: readonly Manifest[]): void {
  const { version } = chain.at(-1)!;
  if (version.format !== 'parquet')
    throw invalidRequest(
      `delta: the files of ${version.uri} are ${version.format}`,
      'A Delta table has Parquet files.',
    );
  if (chain.length === 1 || version.tables.every(({ key }) => key === undefined)) return;
  throw invalidRequest(
    `delta: later versions of the chain of ${version.uri} replace rows of earlier ones, by their key`,
    'Merge it first: `tidemark compact` keeps the newest row of each key alone.',
  );
}

function chosenTable({ version: { uri, tables } }: Manifest, name: string | undefined): ManifestTable {
  const found = name === undefined && tables.length === 1 ? tables[0] : tables.find((table) => table.name === name);
  if (found !== undefined) return found;
  const names = tables.map((table) => table.name).join(', ');
  throw invalidRequest(
    name === undefined ? `delta: ${uri} has ${tables.length} tables` : `table: ${uri} has no table "${name}"`,
    `A Delta table is one of them: --table, with one of ${names}.`,
  );
}

function schemaOf(table: ManifestTable): DeltaSchema {
  const columns = table.schema.map(columnOf);
  const isSplit = partitionColumnsOf(table).includes(splitColumn);
  if (isSplit && columns.some(({ name }) => name.toLowerCase() === splitColumn)) {
    throw invalidRequest(
      `delta: table ${table.name} is split, and has a column "${splitColumn}" beside that`,
      `In a Delta table the part is told by a column of that name. Call the other one otherwise, by a query.`,
    );
  }
  return deltaSchema(isSplit ? [...columns, { name: splitColumn, type: { kind: 'text' } }] : columns);
}

/** Readers of the oldest version know all but times without a zone, which are a feature of their own. */
function protocolFor({ hasTimesWithoutZone }: DeltaSchema): object {
  const features = ['timestampNtz'];
  return {
    protocol: hasTimesWithoutZone
      ? { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features }
      : { minReaderVersion: 1, minWriterVersion: 2 },
  };
}

/** The same for all versions of a chain, as a UUID. */
function idOf({ id }: Manifest, table: string): string {
  const digits = sha256(`${id} ${table}`);
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, `8${digits.slice(17, 20)}`];
  return [...parts, digits.slice(20, 32)].join('-');
}

function metaData(
  { version, run }: Manifest,
  { id, schema, table }: { readonly id: string; readonly schema: DeltaSchema; readonly table: ManifestTable },
): object {
  return {
    id,
    name: table.name,
    description: `dataset://${version.dataset}`,
    format: { provider: 'parquet', options: {} },
    schemaString: schema.json,
    partitionColumns: partitionColumnsOf(table),
    configuration: {},
    createdTime: Date.parse(run.finishedAt),
  };
}

function addition(
  { path, bytes, facts, partitionValues }: PlacedFile,
  table: ManifestTable,
  timestamp: number,
): object {
  const nullCount = Object.fromEntries(
    table.schema.flatMap(({ name, inPath }, index) => (inPath ? [] : [[name, facts.columns[index]!.nulls]])),
  );
  return {
    path,
    partitionValues,
    size: bytes,
    modificationTime: timestamp,
    dataChange: true,
    // Of bounds none are told: those of the manifest are texts, and of texts not always values.
    stats: JSON.stringify({ numRecords: facts.rows, nullCount }),
  };
}

function commitInfo({ id, version }: Manifest, timestamp: number, isFirst: boolean): object {
  return {
    timestamp,
    operation: isFirst ? 'CREATE TABLE' : 'WRITE',
    operationParameters: isFirst ? {} : { mode: 'Append' },
    isBlindAppend: true,
    engineInfo: `${engine}/${version.tool.version}`,
    tidemark: { version: version.uri, id },
  };
}

/** Whose logs these are. */
export const engine = 'tidemark';
