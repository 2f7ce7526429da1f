// BigQuery's Storage Read API over gRPC. A stream is a span of the rows of one version, which is read anew at each offset: nothing is held but where
// it begins and ends.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import { Encoder } from './arrow.mjs';
import { faultOfRpc, note, pause } from './faults.mjs';
import { checkPartitionFilter } from './jobs.mjs';
import { Refusal } from './refusal.mjs';
import { translateCondition } from './sql.mjs';
import { quoteName, quoteText } from './types.mjs';

const chunksAtOnce = 4;
const rowsAtOnce = chunksAtOnce * 2048;
const require = createRequire(import.meta.url);

function serviceOf() {
  const protos = join(dirname(require.resolve('@google-cloud/bigquery-storage/package.json')), 'build/protos');
  const common = join(dirname(require.resolve('google-gax')), '../protos');
  const file = join(protos, 'google/cloud/bigquery/storage/v1/storage.proto');
  const definition = loader.loadSync(file, {
    includeDirs: [protos, common],
    longs: String,
    enums: String,
    oneofs: true,
  });
  return grpc.loadPackageDefinition(definition).google.cloud.bigquery.storage.v1.BigQueryRead.service;
}

/** The field with only those of its parts that were selected, and the SQL that takes them. */
function prune(field, sql, paths) {
  if (paths.some((one) => one.length === 0)) return { field, sql };
  if (field.type !== 'RECORD' || field.mode === 'REPEATED')
    throw new Refusal('invalid', `request failed: fields of ${field.name} cannot be selected here`);
  const parts = field.fields
    .map((one) => [
      one,
      paths.filter(([first]) => first.toLowerCase() === one.name.toLowerCase()).map((path) => path.slice(1)),
    ])
    .filter(([, rest]) => rest.length > 0)
    .map(([one, rest]) => prune(one, `(${sql}).${quoteName(one.name)}`, rest));
  const packed = parts.map((one) => `${quoteText(one.field.name)}: ${one.sql}`).join(', ');
  return {
    field: { ...field, fields: parts.map((one) => one.field) },
    sql: `case when ${sql} is null then null else {${packed}} end`,
  };
}

/** The columns of a session, in the table's order whatever the selection's. */
function columnsOf(fields, selected = []) {
  if (selected.length === 0) return fields.map((field) => ({ field, sql: quoteName(field.name) }));
  const paths = selected.map((one) => one.split('.'));
  const missing = paths.find(([first]) => !fields.some((one) => one.name.toLowerCase() === first.toLowerCase()));
  if (missing !== undefined)
    throw new Refusal(
      'invalid',
      `request failed: The following selected fields do not exist in the table schema: ${missing.join('.')}`,
    );
  return fields
    .map((field) => [
      field,
      paths.filter(([first]) => first.toLowerCase() === field.name.toLowerCase()).map((path) => path.slice(1)),
    ])
    .filter(([, rest]) => rest.length > 0)
    .map(([field, rest]) => prune(field, quoteName(field.name), rest));
}

const microsOfTimestamp = (time) =>
  time === null || time === undefined
    ? undefined
    : BigInt(time.seconds ?? 0) * 1_000_000n + BigInt(Math.floor((time.nanos ?? 0) / 1000));

export class Storage {
  #streams = new Map();
  /** Where messages are kept: those of a span of a table, of which the second reader has them at once. */
  #kept = new Map();

  constructor(store, identities, settings) {
    Object.assign(this, { store, identities, settings });
  }

  async listen() {
    const { certificate, key } = this.settings;
    this.server = new grpc.Server({ 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 });
    this.server.addService(serviceOf(), {
      CreateReadSession: this.#unary('CreateReadSession', this.#createReadSession),
      SplitReadStream: this.#unary('SplitReadStream', this.#splitReadStream),
      ReadRows: (call) => this.#readRows(call).catch((error) => call.emit('error', this.#status(error))),
    });
    const pair = { cert_chain: readFileSync(certificate), private_key: readFileSync(key) };
    const credentials = grpc.ServerCredentials.createSsl(null, [pair]);
    return new Promise((done, fail) => {
      this.server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? fail(error) : done(port)));
    });
  }

  clear() {
    this.#streams.clear();
    this.#kept.clear();
  }

  #status(error) {
    const code = error instanceof Refusal ? error.rpc : (error.rpcCode ?? grpc.status.INTERNAL);
    return Object.assign(new Error(error.message), { code, details: error.message });
  }

  #identity(call, rpc) {
    const identity = this.identities.of(call.metadata.get('authorization')[0]);
    note('identities', identity);
    const userProject = call.metadata.get('x-goog-user-project')[0];
    if (userProject !== undefined) note('userProjects', userProject);
    note('requests', { method: 'grpc', path: rpc, identity, userProject });
    return identity;
  }

  async #fault(rpc) {
    const fault = faultOfRpc(rpc);
    if (fault?.wait !== undefined) await pause(fault.wait);
    if (fault?.code !== undefined)
      throw Object.assign(new Error(fault.message ?? 'a fault on command'), { rpcCode: grpc.status[fault.code] });
    return fault;
  }

  #unary(rpc, handler) {
    return (call, done) => {
      const work = async () => {
        const identity = this.#identity(call, rpc);
        return handler.call(this, call.request, identity, await this.#fault(rpc));
      };
      work().then(
        (answer) => done(null, answer),
        (error) => done(this.#status(error)),
      );
    };
  }

  #tableOf(parent, path, identity) {
    if (!this.identities.may(identity, 'bigquery.readsessions.create', parent))
      throw new Refusal(
        'accessDenied',
        `request failed: the user does not have 'bigquery.readsessions.create' permission for '${parent}'`,
      );
    const found = /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)$/.exec(path ?? '');
    if (found === null) throw new Refusal('invalid', `request failed: Invalid table name: ${path}`);
    if (!this.identities.may(identity, 'bigquery.tables.getData', path))
      throw new Refusal(
        'accessDenied',
        `request failed: the user does not have 'bigquery.tables.getData' permission for '${path}'`,
      );
    return this.store.find(...found.slice(1));
  }

  /** With a restriction, what it leaves is a table of its own, so that offsets count its rows. */
  async #rowsOf(table, version, columns, restriction) {
    const { sql, names } = await translateCondition(restriction).catch((error) => {
      throw new Refusal('invalid', `request failed: Row restriction is not valid: ${error.message}`);
    });
    checkPartitionFilter(table, names);
    if (restriction.trim() === '') return { physical: version.physical, rows: version.rows, columns };
    const physical = this.store.nextName();
    const selected = columns.map((one, i) => `${one.sql} as c${i}`).join(', ');
    await this.store.db
      .run(`create table ${physical} as select ${selected} from ${version.physical} where ${sql}`)
      .catch((error) => {
        throw new Refusal('invalid', `request failed: Row restriction is not valid: ${error.message}`);
      });
    const [[count]] = await this.store.values(`select count(*) from ${physical}`);
    return { physical, rows: Number(count), columns: columns.map((one, i) => ({ ...one, sql: `c${i}` })) };
  }

  async #createReadSession({ parent, readSession, maxStreamCount = 0, preferredMinStreamCount = 0 }, identity, fault) {
    const { table: path, readOptions = {}, tableModifiers, dataFormat } = readSession;
    if (dataFormat !== 'ARROW') throw new Refusal('notImplemented', 'request failed: only ARROW is known here');
    const table = this.#tableOf(parent, path, identity);
    const snapshot = microsOfTimestamp(tableModifiers?.snapshotTime);
    const version = this.store.versionAt(table, snapshot);
    const { selectedFields = [], rowRestriction = '' } = readOptions ?? {};
    const span = await this.#rowsOf(table, version, columnsOf(version.fields, selectedFields), rowRestriction);
    const fields = span.columns.map((one) => one.field);
    // The plan said one type, the session says another.
    if (fault?.schema === 'other')
      Object.assign(span.columns[0], {
        field: { ...fields[0], name: `${fields[0].name}_2`, type: 'STRING' },
        sql: `cast(${span.columns[0].sql} as varchar)`,
      });
    const encoder = new Encoder(
      span.columns.map((one) => one.field),
      readOptions?.arrowSerializationOptions?.bufferCompression,
    );
    const wanted = Math.max(maxStreamCount || preferredMinStreamCount || 1, 1);
    const rowsAtLeast = this.settings.rowsPerStream ?? 1000;
    // A table without rows has no streams.
    const count = Math.min(wanted, Math.ceil(span.rows / rowsAtLeast));
    const name = `projects/${parent.split('/')[1]}/locations/${this.settings.location.toLowerCase()}/sessions/${randomUUID()}`;
    const expires = Date.now() + (this.settings.sessionSeconds ?? 21_600) * 1000;
    const session = { name, physical: span.physical, columns: span.columns, encoder, expires };
    const streams = Array.from({ length: count }, (_, i) =>
      this.#stream(session, Math.floor((span.rows * i) / count), Math.floor((span.rows * (i + 1)) / count)),
    );
    note('sessions', {
      parent,
      table: path,
      identity,
      selectedFields,
      rowRestriction,
      snapshotTime: snapshot?.toString(),
      maxStreamCount,
      streams: count,
      compression: readOptions?.arrowSerializationOptions?.bufferCompression,
    });
    const bytes = await this.store.bytes(version);
    return {
      ...{ name, table: path, dataFormat, readOptions, tableModifiers, streams },
      arrowSchema: { serializedSchema: encoder.serializedSchema() },
      estimatedRowCount: String(span.rows),
      estimatedTotalBytesScanned: String(bytes),
      expireTime: { seconds: String(Math.floor(expires / 1000)), nanos: 0 },
    };
  }

  #stream(session, from, to) {
    const name = `${session.name}/streams/${randomUUID()}`;
    this.#streams.set(name, { session, from, to });
    return { name };
  }

  #find(name) {
    const found = this.#streams.get(name);
    if (found === undefined) throw new Refusal('notFound', `request failed: stream not found: ${name}`);
    if (found.session.expires < Date.now())
      throw Object.assign(new Error(`request failed: session expired: ${found.session.name}`), {
        rpcCode: grpc.status.FAILED_PRECONDITION,
      });
    return found;
  }

  #splitReadStream({ name, fraction }) {
    const { session, from, to } = this.#find(name);
    const middle = from + Math.floor((to - from) * (fraction || 0.5));
    if (middle <= from || middle >= to) return {};
    return { primaryStream: this.#stream(session, from, middle), remainderStream: this.#stream(session, middle, to) };
  }

  async #readRows(call) {
    const identity = this.#identity(call, 'ReadRows');
    const fault = (await this.#fault('ReadRows')) ?? {};
    const { readStream, offset = '0' } = call.request;
    note('reads', { stream: readStream, offset: Number(offset), identity });
    const { session, from, to } = this.#find(readStream);
    const start = from + Number(offset);
    if (start > to) throw new Refusal('outOfRange', `request failed: offset ${offset} is beyond the stream's end`);
    let sent = 0;
    for await (const message of this.#messages(session, { from, start, to })) {
      if (call.cancelled) return;
      if (sent === fault.cutAfter)
        throw Object.assign(new Error(fault.message ?? 'The service is unavailable.'), {
          rpcCode: grpc.status.UNAVAILABLE,
        });
      if (sent === fault.resetAfter) return this.reset();
      if (sent === fault.endAfter) break;
      for (let i = 0; i < (sent === fault.repeat ? 2 : 1); i++) await this.#write(call, message);
      sent += 1;
    }
    call.end();
  }

  /** Ends every connection, as a network does. */
  reset() {
    for (const close of this.resets) close();
  }

  async #write(call, message) {
    if (call.write(message)) return;
    const waiting = new AbortController();
    const signals = ['drain', 'cancelled', 'close'].map((event) => once(call, event, { signal: waiting.signal }));
    await Promise.race(signals).catch(() => undefined);
    waiting.abort();
  }

  async *#messages(session, span) {
    if (this.settings.keepsMessages !== true) return yield* this.#encoded(session, span);
    const key = JSON.stringify([session.physical, session.columns, session.encoder.options, span]);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return yield* kept;
    const messages = [];
    for await (const message of this.#encoded(session, span)) {
      messages.push(message);
      yield message;
    }
    this.#kept.set(key, messages);
  }

  async *#encoded({ physical, columns, encoder }, { from, start, to }) {
    const connection = await this.store.connect();
    let first = true;
    let at = start;
    const message = (chunks) => {
      const { rows, bytes } = encoder.batch(chunks);
      const progress = { atResponseStart: (at - from) / (to - from), atResponseEnd: (at + rows - from) / (to - from) };
      at += rows;
      const answer = {
        arrowRecordBatch: { serializedRecordBatch: bytes, rowCount: rows },
        rowCount: rows,
        stats: { progress },
      };
      if (first) answer.arrowSchema = { serializedSchema: encoder.serializedSchema() };
      first = false;
      return answer;
    };
    try {
      const selected = columns.map((one) => one.sql).join(', ');
      const result = await connection.stream(
        `select ${selected} from ${physical} where rowid >= ${start} and rowid < ${to}`,
      );
      let chunks = [];
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        chunks.push(chunk);
        if (chunks.reduce((sum, one) => sum + one.rowCount, 0) < rowsAtOnce - 1024) continue;
        yield message(chunks);
        chunks = [];
      }
      if (chunks.length > 0) yield message(chunks);
    } finally {
      connection.closeSync();
    }
  }
}
