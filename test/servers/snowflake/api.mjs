// The SQL API: /api/v2/statements.
import { cancelled, Refusal } from './refusal.mjs';
import { columnsOf, partsOf } from './results.mjs';
import { seen } from './faults.mjs';

const root = '/api/v2/statements';

export class Api {
  constructor(store, statements, identities, settings) {
    Object.assign(this, { store, statements, identities, settings });
  }

  /** Undefined for other paths. */
  async answer(method, url, { headers, body }) {
    if (!url.pathname.startsWith(root)) return undefined;
    const session = this.identities.ofApi(headers, body);
    if (headers['user-agent'] === undefined)
      throw new Refusal('391903', '08001', 'User-Agent is missing', { status: 400 });
    const [handle, what] = url.pathname.slice(root.length + 1).split('/');
    if (handle === '' && method === 'POST') return this.#start(session, url.searchParams, body);
    const statement = this.statements.byId.get(handle);
    if (statement === undefined) throw new Refusal('000404', '02000', `Statement ${handle} not found`, { status: 404 });
    if (what === 'cancel' && method === 'POST') return this.#cancel(statement);
    if (what !== undefined || method !== 'GET')
      throw new Refusal('391902', '08001', 'Unsupported method', { status: 405 });
    seen.polls += 1;
    const partition = Number(url.searchParams.get('partition') ?? 0);
    return partition === 0 ? this.#result(statement) : this.#partition(statement, partition);
  }

  async #start(session, query, body) {
    const requestId = query.get('requestId') ?? undefined;
    const parameters = Object.fromEntries(
      Object.entries(body.parameters ?? {}).map(([name, value]) => [name.toUpperCase(), value]),
    );
    if (body.timeout !== undefined && body.timeout > 0) parameters.STATEMENT_TIMEOUT_IN_SECONDS = body.timeout;
    const statement = this.statements.start({
      road: 'api',
      requestId,
      session,
      sql: body.statement,
      bindings: body.bindings,
      parameters,
    });
    if (query.get('async') === 'true') return this.#running(statement);
    return this.#result(statement);
  }

  #place({ id }) {
    return { statementHandle: id, statementStatusUrl: `${root}/${id}` };
  }

  #running(statement) {
    const message =
      'Asynchronous execution in progress. Use provided query id to perform query monitoring and management.';
    return { status: 202, body: { code: '333334', message, ...this.#place(statement) } };
  }

  async #result(statement) {
    // The API waits for 45 seconds, and tells then of a statement that it is under way.
    if (!(await this.statements.ends(statement, this.settings.apiWaitMillis ?? 2000))) return this.#running(statement);
    const { result, error } = statement;
    if (statement.cancelled) throw Object.assign(cancelled(), { queryId: statement.id });
    if (error !== undefined) throw Object.assign(error, { queryId: statement.id });
    const parts = await partsOf(this.store, result, 'api');
    const rowType = columnsOf(result);
    const partitionInfo = parts.map(({ rowCount, uncompressedSize, compressedSize }, i) => ({
      rowCount,
      uncompressedSize,
      ...(i > 0 && { compressedSize }),
    }));
    const answer = {
      ...{ resultSetMetaData: { numRows: result.rows, format: 'jsonv2', partitionInfo, rowType }, data: parts[0].rows },
      ...{
        code: '090001',
        sqlState: '00000',
        message: 'Statement executed successfully.',
        requestId: statement.requestId,
      },
      ...{ createdOn: statement.started, ...this.#place(statement) },
    };
    return { status: 200, body: answer, packed: true };
  }

  async #partition(statement, index) {
    if (statement.result === undefined) return this.#result(statement);
    const part = (await partsOf(this.store, statement.result, 'api'))[index];
    if (part === undefined) throw new Refusal('391914', '02000', `Partition ${index} does not exist.`, { status: 400 });
    seen.chunks.push({ queryId: statement.id, index, generation: 0, authorization: true, status: 200 });
    return { status: 200, raw: part.body, headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' } };
  }

  #cancel(statement) {
    if (!this.statements.cancel(statement))
      throw Object.assign(new Refusal('000605', '57014', 'Identified SQL statement is not currently executing.'), {
        queryId: statement.id,
      });
    return {
      status: 200,
      body: { code: '000604', sqlState: '57014', message: 'SQL execution canceled', ...this.#place(statement) },
    };
  }
}
