// The drivers' protocol: login, queries, chunks, renewal.
import { seen } from './faults.mjs';
import { cancelled, notFound, Refusal } from './refusal.mjs';
import { columnsOf, partsOf } from './results.mjs';

const chunkHeader = 'x-amz-server-side-encryption-customer-key';
const chunkKey = 'chunk-key-canary';
const success = (data) => ({ status: 200, body: { success: true, code: null, message: null, data } });
const pollMillis = 5000;

export class Driver {
  constructor(store, statements, identities, settings) {
    Object.assign(this, { store, statements, identities, settings });
  }

  /** Undefined for paths that are not the drivers'. */
  async answer(method, url, { headers, body, base }) {
    const path = url.pathname;
    const chunk = /^\/chunks\/([^/]+)\/(\d+)$/.exec(path);
    if (chunk !== null) return this.#chunk(chunk[1], Number(chunk[2]), url, headers);
    if (path === '/session/v1/login-request') return this.#login(body.data, url.searchParams);
    if (path === '/session/token-request') return this.#renew(headers, body);
    if (path === '/telemetry/send') {
      seen.telemetry += 1;
      return success('Log Received');
    }
    if (path === '/session' && url.searchParams.get('delete') === 'true') {
      this.identities.end(headers);
      return success(null);
    }
    if (!/^\/(?:session|queries|monitoring)(?:\/|$)/.test(path)) return undefined;
    const session = this.identities.of(headers);
    if (path === '/session/heartbeat') {
      seen.heartbeats += 1;
      return success(null);
    }
    return this.#queries(path, { url, session, body, base });
  }

  async #queries(path, { url, session, body, base }) {
    if (path === '/queries/v1/query-request')
      return this.#query(url.searchParams.get('requestId') ?? undefined, session, body, base);
    if (path === '/queries/v1/abort-request') return this.#abort(this.statements.byRequest.get(body.requestId));
    const query = /^\/(queries|monitoring\/queries)\/([^/]+)(?:\/(result|abort-request))?$/.exec(path);
    if (query === null) throw notFound(path);
    const [, root, id, what] = query;
    if (root === 'monitoring/queries') return this.#status(this.statements.byId.get(id));
    const statement = this.statements.find(id);
    if (what === 'abort-request') return this.#abort(statement);
    seen.polls += 1;
    return this.#resultOf(statement, base);
  }

  parameters() {
    return Object.entries(this.settings.parameters).map(([name, value]) => ({ name, value }));
  }

  #login(data, query) {
    const { session, token, masterToken } = this.identities.login(data, query);
    const { database, schema, warehouse, role } = session;
    return success({
      ...{ token, masterToken, validityInSeconds: this.settings.sessionSeconds, masterValidityInSeconds: 14_400 },
      ...{
        sessionId: session.id,
        displayUserName: session.user,
        serverVersion: '9.30.1',
        parameters: this.parameters(),
      },
      sessionInfo: {
        databaseName: database ?? null,
        schemaName: schema ?? null,
        warehouseName: warehouse ?? null,
        roleName: role,
      },
    });
  }

  #renew(headers, body) {
    const { sessionToken, masterToken, session } = this.identities.renew(headers, body);
    const validity = { validityInSecondsST: this.settings.sessionSeconds, validityInSecondsMT: 14_400 };
    return success({ sessionToken, masterToken, ...validity, sessionId: session.id });
  }

  async #query(requestId, session, body, base) {
    const { sqlText: sql, describeOnly = false, asyncExec = false, bindings, parameters } = body;
    const statement = this.statements.start({
      road: 'driver',
      requestId,
      session,
      sql,
      describeOnly,
      bindings,
      parameters,
    });
    if (asyncExec) return this.#running(statement, '333334');
    return this.#resultOf(statement, base);
  }

  #running({ id }, code) {
    const message =
      code === '333334'
        ? 'Asynchronous execution in progress. Use provided query id to perform query monitoring and management.'
        : 'Query execution in progress.';
    return {
      status: 200,
      body: {
        success: true,
        code,
        message,
        data: { queryId: id, getResultUrl: `/queries/${id}/result`, queryAbortsAfterSecs: 300, progressDesc: null },
      },
    };
  }

  async #resultOf(statement, base) {
    if (!(await this.statements.ends(statement, this.settings.pollMillis ?? pollMillis)))
      return this.#running(statement, '333333');
    if (statement.cancelled) throw Object.assign(cancelled(), { queryId: statement.id });
    if (statement.error !== undefined) throw Object.assign(statement.error, { queryId: statement.id });
    const { result, session, id } = statement;
    const data = {
      ...{
        parameters: this.parameters(),
        rowtype: columnsOf(result),
        rowset: [],
        total: result.rows,
        returned: result.rows,
        queryId: id,
      },
      ...{
        queryResultFormat: 'json',
        statementTypeId: 4096,
        version: 1,
        numberOfBinds: 0,
        arrayBindSupported: false,
        sqlState: '00000',
      },
      ...{
        finalDatabaseName: session.database ?? null,
        finalSchemaName: session.schema ?? null,
        finalWarehouseName: session.warehouse ?? null,
      },
      ...{ finalRoleName: session.role, databaseProvider: null, sendResultTime: Date.now() },
    };
    if (statement.describeOnly) return { ...success(data), packed: true };
    statement.generation += 1;
    const [first, ...chunks] = await partsOf(this.store, result, 'driver');
    data.rowset = first.rows;
    if (chunks.length > 0)
      Object.assign(data, {
        chunks: chunks.map(({ body: _, ...one }, i) => ({
          url: `${base}/chunks/${id}/${i}?generation=${statement.generation}`,
          ...one,
        })),
        qrmk: 'result-master-key-canary',
        chunkHeaders: { [chunkHeader]: chunkKey, 'x-amz-server-side-encryption-customer-key-md5': 'none' },
      });
    return { ...success(data), packed: true };
  }

  async #chunk(id, index, url, headers) {
    const generation = Number(url.searchParams.get('generation'));
    const xml = (status, code, message) => ({
      status,
      headers: { 'content-type': 'application/xml' },
      raw: Buffer.from(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`),
    });
    const noted = { queryId: id, index, generation, authorization: headers.authorization !== undefined, status: 200 };
    seen.chunks.push(noted);
    const refuse = (...what) => {
      noted.status = what[0];
      return xml(...what);
    };
    if (headers[chunkHeader] === undefined)
      return refuse(400, 'InvalidRequest', 'The object was stored using a form of Server Side Encryption.');
    if (headers[chunkHeader] !== chunkKey) return refuse(403, 'AccessDenied', 'Access Denied');
    const statement = this.statements.byId.get(id);
    if (statement === undefined) return refuse(404, 'NoSuchKey', 'The specified key does not exist.');
    if (generation <= (statement.expiredGeneration ?? 0)) return refuse(403, 'AccessDenied', 'Request has expired');
    const part = (await partsOf(this.store, statement.result, 'driver'))[index + 1];
    return {
      status: 200,
      raw: part.body,
      headers: { 'content-encoding': 'gzip', 'content-type': 'binary/octet-stream' },
    };
  }

  #status(statement) {
    const states = { RUNNING: 'RUNNING', SUCCESS: 'SUCCESS', FAILED: 'FAILED_WITH_ERROR' };
    const one = statement && {
      id: statement.id,
      status: states[statement.state],
      state: statement.state,
      sqlText: statement.sql,
      errorCode: statement.error?.code ?? null,
      errorMessage: statement.error?.message ?? null,
    };
    return success({ queries: one === undefined ? [] : [one] });
  }

  #abort(statement) {
    if (statement === undefined || !this.statements.cancel(statement))
      throw new Refusal('000605', '57014', `Identified SQL statement is not currently executing.`);
    return success(null);
  }
}
