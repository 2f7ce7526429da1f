import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import { isSecret } from '../../../core/parameters.js';
import type { SourceRequest, UnloadRequest } from '../../../core/source-request.js';
import type { Column } from '../../../core/types.js';
import { worthUnloading } from '../../unloaded.js';
import { type SnowflakeField, typeText } from '../connection/field.js';
import type { SnowflakeSettings } from '../connection/settings/shape.js';
import { quotedName, textLiteral } from '../connection/table-name.js';
import { withConstants } from './query-text.js';
import type { Subject } from './subject.js';

/** Bytes that a file has at most, about. */
const fileBytes = 256 * 1024 ** 2;

/** What writes files by itself, and how. */
export interface Unloading extends UnloadRequest {
  /** What lets Snowflake write into the bucket: a name as SQL has it. */
  readonly integration: string;
}

/** Looks whether files can give what is asked for, before anything runs. @throws request.invalid */
export function assertUnloadable(subjects: readonly Subject[], request: SourceRequest): void {
  if (request.via !== 'unload') return;
  if (integrationOf(request) === undefined)
    throw invalidRequest(
      'via: unload writes files into a bucket, and nothing lets Snowflake do that',
      'Name a storage integration: storage-integration=… in the URL, or SNOWFLAKE_STORAGE_INTEGRATION.',
    );
  for (const subject of subjects) {
    const fault = faultOf(subject, request);
    if (fault !== undefined) throw invalidRequest(`via: unload ${fault}`, 'Leave --via unload out.');
  }
}

/** Whether files are written, and no result kept. By itself that is so where large tables are read. */
export function unloadingOf(subjects: readonly Subject[], request: SourceRequest): Unloading | undefined {
  const { unload, onlyPlans } = request;
  const integration = integrationOf(request);
  if (unload === undefined || integration === undefined || onlyPlans === true) return undefined;
  const bytes = subjects.reduce((sum, { facts }) => sum + (facts?.bytes ?? 0), 0);
  const isFit = subjects.every((subject) => !subject.ordered && faultOf(subject, request) === undefined);
  return unload.when === 'asked' || (isFit && bytes >= worthUnloading) ? { ...unload, integration } : undefined;
}

const integrationOf = ({ connection }: SourceRequest): string | undefined =>
  (connection as SnowflakeSettings).storageIntegration;

function faultOf({ request: asked, ordered, fields, parameters }: Subject, request: SourceRequest): string | undefined {
  if (request.readsAllKeys === true) return 'does not give the keys of all rows, which --deletes needs';
  if (request.nullsMisfits === true) return 'counts no misfits, and cannot make them NULL';
  if (parameters.some(isSecret))
    return 'keeps its text in the history of queries, where a secret parameter would stand';
  if (ordered && asked.limit !== undefined)
    return `does not keep the order of ${asked.name}, whose first rows are wanted`;
  for (const field of fields) {
    const what = `"${field.name}" of ${asked.name}`;
    if (!(field.type in written)) return `does not give ${what}, which is ${typeText(field)}`;
    if (Object.hasOwn(asked.casts, field.name) && !field.type.startsWith('timestamp_'))
      return `does not cast: ${what} is to be ${asked.casts[field.name]!}`;
    if (/text/i.test(asked.casts[field.name] ?? '')) return `does not cast: ${what} is to be text`;
  }
  return undefined;
}

interface Writing {
  /** The expression for a column, which is quoted. */
  as(quoted: string): string;
  /** It is a text that says the value. */
  readonly isText?: true;
  readonly note?: string;
}

const asItIs: Writing = { as: (quoted) => quoted };
const moment = 'YYYY-MM-DD HH24:MI:SS.FF9';
const texts = (format: string): Writing => ({ as: (quoted) => `TO_VARCHAR(${quoted}, '${format}')`, isText: true });
const json: Writing = {
  as: (quoted) => `TO_JSON(${quoted})`,
  note: 'as TO_JSON writes it, without blanks: by rows it may come with such, and has another digest then',
};

/**
 * How columns stand in files, by the service's name of a type. Moments with a zone are refused there, and of others milliseconds alone may be kept:
 * texts keep all of them. What is missing has no text that is certain to be the one that rows come with.
 */
const written: Readonly<Record<string, Writing>> = {
  ...{ fixed: asItIs, real: asItIs, text: asItIs, boolean: asItIs, date: asItIs },
  binary: { as: (quoted) => `HEX_ENCODE(${quoted})`, isText: true },
  time: texts('HH24:MI:SS.FF9'),
  timestamp_ntz: texts(moment),
  timestamp_ltz: texts(`${moment} TZHTZM`),
  timestamp_tz: texts(`${moment} TZHTZM`),
  ...{ variant: json, object: json, array: json },
};

/** What stands in files of the columns of a result. */
export interface UnloadedColumns {
  readonly columns: readonly Column[];
  /** Those that stand there as texts. */
  readonly texts: readonly string[];
  /** A list of expressions. */
  readonly list: string;
}

/** @param fields of the columns, in their order */
export function unloadedColumns(columns: readonly Column[], fields: readonly SnowflakeField[]): UnloadedColumns {
  const all = columns.map((column, index) => ({ column, how: written[fields[index]!.type]! }));
  return {
    columns: all.map(({ column, how: { note } }) => (note === undefined ? column : { ...column, note })),
    texts: all.flatMap(({ column, how }) => (how.isText ? column.name : [])),
    list: all
      .map(({ column: { name }, how }) => {
        const quoted = quotedName(name);
        return how === asItIs ? quoted : `${how.as(quoted)} AS ${quoted}`;
      })
      .join(', '),
  };
}

/**
 * `COPY INTO` a bucket of a statement's rows, as Parquet files.
 * @param folder inside of the run's place
 * @see https://docs.snowflake.com/en/sql-reference/sql/copy-into-location
 */
export function unloadStatement(
  { statement, request: { limit, query } }: Pick<Subject, 'statement' | 'request'>,
  list: string,
  { folder, to, integration, kmsKey }: Unloading & { readonly folder: string },
): string {
  const most = limit === undefined || query === undefined ? '' : `\nLIMIT ${limit}`;
  const encryption =
    kmsKey === undefined ? '' : `\nENCRYPTION = (TYPE = 'AWS_SSE_KMS' KMS_KEY_ID = ${textLiteral(kmsKey)})`;
  return `COPY INTO ${textLiteral(`${to}/${folder}/`)}
FROM (SELECT ${list} FROM (
${withConstants(statement)}
)${most})
STORAGE_INTEGRATION = ${integration}
FILE_FORMAT = (TYPE = PARQUET COMPRESSION = SNAPPY)
HEADER = TRUE
MAX_FILE_SIZE = ${fileBytes}${encryption}`;
}

/** What Snowflake says of the bucket, and of what lets it write there. */
const ofBucket = /[Ii]ntegration|stage area|unload destination/;

/** An error with what helps, where it is one of the bucket. */
export function aboutBucket(thrown: unknown): unknown {
  if (!(thrown instanceof TidemarkError) || !ofBucket.test(thrown.message)) return thrown;
  return new TidemarkError(thrown.code, thrown.message, {
    cause: thrown,
    hint: 'The storage integration must allow the place (DESC INTEGRATION …), its role must be allowed to write there, and yours to use it: GRANT USAGE ON INTEGRATION … TO ROLE ….',
  });
}
