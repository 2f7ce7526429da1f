// COPY INTO 's3://…' FROM (query): what the statement says, and its run. Only what is known here is taken: Parquet, a storage integration, no overwriting.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokensOf } from './lexer.mjs';
import { writeParquet } from './parquet.mjs';
import { compilation } from './refusal.mjs';

const known = new Set(['STORAGE_INTEGRATION', 'FILE_FORMAT', 'HEADER', 'MAX_FILE_SIZE', 'ENCRYPTION']);
const mostBytes = 5_368_709_120;

const unexpected = (token) =>
  compilation(`syntax error line 1 at position ${token?.at ?? 0} unexpected '${token?.text ?? '<EOF>'}'.`);

/** Where the parenthesis that opens at a token is closed. */
function closing(tokens, open) {
  let depth = 0;
  const found = tokens.findIndex(({ kind, text }, i) => {
    if (kind !== 'operator' || i < open) return false;
    depth += text === '(' ? 1 : text === ')' ? -1 : 0;
    return depth === 0;
  });
  if (found < 0) throw unexpected(undefined);
  return found;
}

/** `NAME = value`, the value maybe such a list in parentheses. */
function optionsOf(tokens) {
  const options = {};
  for (let i = 0; i < tokens.length;) {
    const [name, equals, value] = tokens.slice(i, i + 3);
    if (name.kind !== 'name') throw unexpected(name);
    if (equals?.text !== '=' || value === undefined) throw unexpected(equals);
    const isList = value.kind === 'operator' && value.text === '(';
    const end = isList ? closing(tokens, i + 2) : i + 2;
    options[name.upper] = isList ? optionsOf(tokens.slice(i + 3, end)) : (value.value ?? value.text);
    i = end + 1;
    if (tokens[i]?.text === ',') i += 1;
  }
  return options;
}

function choose(name, value, choices) {
  const found = choices[String(value).toUpperCase()];
  if (found === undefined) throw compilation(`${name} = ${value} is not known here`);
  return found;
}

/** As the S3 client takes it. */
function encryptionOf({ TYPE: type = 'NONE', KMS_KEY_ID: key, ...others } = {}) {
  const rest = Object.keys(others)[0] ?? (key !== undefined && type !== 'AWS_SSE_KMS' ? 'KMS_KEY_ID' : undefined);
  if (rest !== undefined) throw compilation(`invalid parameter '${rest}'`);
  return choose('TYPE', type, {
    NONE: {},
    AWS_SSE_S3: { ServerSideEncryption: 'AES256' },
    AWS_SSE_KMS: { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: key },
  });
}

function checkFormat({ TYPE: type, COMPRESSION: compression = 'SNAPPY', ...others } = {}) {
  choose('TYPE', type, { PARQUET: true });
  choose('COMPRESSION', compression, { SNAPPY: true, AUTO: true });
  const rest = Object.keys(others)[0];
  if (rest !== undefined) throw compilation(`invalid parameter '${rest}'`);
}

/** Undefined for other statements, COPY INTO a table among them. */
export function copyOf(text) {
  const tokens = tokensOf(text.replace(/[\s;]+$/, ''));
  const [copy, into, location] = tokens;
  if (copy?.upper !== 'COPY' || into?.upper !== 'INTO' || location?.kind !== 'string') return undefined;
  const from = tokens.findIndex(({ kind, upper }) => kind === 'name' && upper === 'FROM');
  if (from < 0 || tokens[from + 1]?.text !== '(') throw unexpected(tokens[from + 1]);
  const end = closing(tokens, from + 1);
  // Those that belong to the location may stand before the query.
  const options = optionsOf([...tokens.slice(3, from), ...tokens.slice(end + 1)]);
  const other = Object.keys(options).find((name) => !known.has(name));
  if (other !== undefined) throw compilation(`invalid parameter '${other}'`);
  const [, bucket, path = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(location.value) ?? [];
  if (bucket === undefined) throw compilation(`invalid URL prefix found in: '${location.value}'`);
  if (options.STORAGE_INTEGRATION === undefined) throw compilation('only locations of an integration are known here');
  checkFormat(options.FILE_FORMAT);
  const { MAX_FILE_SIZE: size = '16777216', HEADER: header = 'FALSE' } = options;
  if (!/^\d+$/.test(size) || Number(size) < 1 || Number(size) > mostBytes)
    throw compilation(`invalid value [${size}] for parameter 'MAX_FILE_SIZE'`);
  return {
    ...{ location: location.value, bucket, integration: options.STORAGE_INTEGRATION },
    // The service names files after the last part of a path that is no folder.
    prefix: path === '' || path.endsWith('/') ? `${path}data` : path,
    path,
    query: text.slice(tokens[from + 1].at + 1, tokens[end].at),
    header: choose('HEADER', header, { TRUE: true, FALSE: false }),
    encryption: encryptionOf(options.ENCRYPTION),
  };
}

/** DuckDB's SQL of what a COPY answers. */
export const told = ({ rows, bytes }) =>
  `select ${rows}::BIGINT as "rows_unloaded", ${bytes}::BIGINT as "input_bytes", ${bytes}::BIGINT as "output_bytes"`;

/**
 * Writes the rows of DuckDB's `sql` to where the statement says.
 * @param {{ store, connection, stage, signal: AbortSignal, optimizes: boolean }} how with the store that the integration leads to
 */
export async function runCopy(copy, sql, { store, connection, stage, signal, optimizes }) {
  const fields = await store.describe(sql);
  await stage.expectNone(copy, signal);
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-unload-'));
  try {
    const { fileRows } = store.settings;
    const how = { fields, folder, header: copy.header, optimizes, fileRows };
    const { files, rows } = await writeParquet(connection, sql, how);
    let bytes = 0;
    for (const [i, file] of files.entries()) {
      const body = await readFile(file);
      await stage.put(copy, `${copy.prefix}_0_${i}_0.snappy.parquet`, body, signal);
      bytes += body.length;
    }
    return told({ rows, bytes });
  } finally {
    await rm(folder, { recursive: true });
  }
}
