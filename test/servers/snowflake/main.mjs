// A stand-in for Snowflake: the drivers' protocol and the SQL API, with DuckDB behind them. Its settings are JSON in argv[2]; it prints one line of JSON
// with its address, and ends with its stdin.
import http from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Api } from './api.mjs';
import { Driver } from './driver.mjs';
import { faultOfRequest, forget, pause, seen, seenNow, setFaults } from './faults.mjs';
import { Identities } from './identity.mjs';
import { Integrations } from './integrations.mjs';
import { compilation, notFound, Refusal } from './refusal.mjs';
import { Statements } from './statements.mjs';
import { Store } from './store.mjs';

const parameters = {
  ...{
    TIMEZONE: 'Etc/UTC',
    TIMESTAMP_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM',
    TIMESTAMP_NTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3',
  },
  ...{
    TIMESTAMP_TZ_OUTPUT_FORMAT: '',
    TIMESTAMP_LTZ_OUTPUT_FORMAT: '',
    DATE_OUTPUT_FORMAT: 'YYYY-MM-DD',
    TIME_OUTPUT_FORMAT: 'HH24:MI:SS',
  },
  ...{
    BINARY_OUTPUT_FORMAT: 'HEX',
    CLIENT_RESULT_CHUNK_SIZE: 160,
    CLIENT_SESSION_KEEP_ALIVE: false,
    QUERY_CONTEXT_CACHE_SIZE: 5,
  },
  ...{ CLIENT_TELEMETRY_ENABLED: true, DATA_RETENTION_TIME_IN_DAYS: 1, STATEMENT_TIMEOUT_IN_SECONDS: 172_800 },
};
const defaults = () => ({
  ...{
    account: 'TESTACCT',
    user: 'ROBOT',
    password: 'secret-canary',
    database: 'DB',
    schema: 'PUBLIC',
    warehouse: 'WH',
  },
  ...{
    roles: ['READER'],
    sessionSeconds: 3600,
    inlineRows: 1000,
    chunkRows: 20_000,
    partitionRows: 10_000,
    fileRows: 1_000_000,
    jobMillis: 0,
    parameters,
  },
  warehouses: [{ name: 'WH', state: 'SUSPENDED' }],
  ...(process.argv[2] === undefined ? {} : JSON.parse(process.argv[2])),
});
const settings = defaults();

const store = await Store.open(settings);
const integrations = new Integrations();
const statements = new Statements(store, settings, integrations);
const identities = new Identities(settings);
const driver = new Driver(store, statements, identities, settings);
const api = new Api(store, statements, identities, settings);

/** What tests say to the stand-in itself. */
async function administer(method, path, body) {
  const whole = `${method} ${path}`;
  if (whole === 'POST /-/tables' || whole === 'POST /-/rows') {
    const { version } = await (path === '/-/tables' ? store.create(body) : store.change(body));
    const millis = Number(version.nanos / 1_000_000n);
    return { rows: version.rows, time: new Date(millis).toISOString(), millis, micros: String(version.nanos / 1000n) };
  }
  if (whole === 'POST /-/faults') return setFaults(body);
  if (whole === 'POST /-/expire') return identities.expire(body);
  if (whole === 'POST /-/expire-chunks') return statements.expireChunks();
  if (whole === 'POST /-/forget-results') return statements.clear();
  if (whole === 'POST /-/settings') return void Object.assign(settings, body);
  if (whole === 'POST /-/unloads-to') return integrations.set(body);
  if (whole === 'GET /-/seen') return seenNow();
  if (whole !== 'DELETE /-/') throw notFound(whole);
  await store.empty();
  statements.clear();
  identities.clear();
  integrations.clear();
  for (const name of Object.keys(settings)) settings[name] = undefined;
  Object.assign(settings, defaults());
  return forget();
}

async function serve(method, url, headers, body) {
  const { host } = headers;
  seen.requests.push({
    ...{ method, path: url.pathname + url.search, accept: headers.accept, userAgent: headers['user-agent'] },
    ...{
      tokenType: headers['x-snowflake-authorization-token-type'],
      app: headers.client_app_id ?? headers['client-app-id'],
    },
  });
  const asked = { headers, body, base: `http://${host}` };
  const answer = (await driver.answer(method, url, asked)) ?? (await api.answer(method, url, asked));
  if (answer === undefined) throw notFound(url.pathname);
  return answer;
}

function refused(error, isApi) {
  if (!(error instanceof Refusal))
    return { status: 500, body: { success: false, code: '000603', message: String(error.stack), data: null } };
  const { code, message, sqlState, queryId } = error;
  if (isApi) {
    const place =
      queryId === undefined ? {} : { statementHandle: queryId, statementStatusUrl: `/api/v2/statements/${queryId}` };
    return { status: error.status, body: { code, message, sqlState, ...place } };
  }
  const data = { internalError: false, errorCode: code, sqlState, queryId: queryId ?? null, age: 0 };
  return { status: error.driverStatus, body: { success: false, code, message, data } };
}

function faultAnswer({ status, code, sqlState = '57014', message = 'a fault on command', retryAfter }, isApi) {
  if (code !== undefined && status === undefined) return refused(new Refusal(code, sqlState, message), isApi);
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return { status, headers, body: { success: false, code: code ?? String(status), message, data: null } };
}

/** Sends a body, or as much of it as a fault lets through. */
async function send(response, out, { cutAfter, slow }) {
  let bytes = out.raw ?? Buffer.from(JSON.stringify(out.body));
  const headers = { 'content-type': 'application/json', ...out.headers };
  if (out.packed && out.raw === undefined) {
    bytes = gzipSync(bytes, { level: 1 });
    headers['content-encoding'] = 'gzip';
  }
  response.writeHead(out.status, { ...headers, 'content-length': bytes.length });
  if (cutAfter !== undefined) {
    response.write(bytes.subarray(0, cutAfter), () => setTimeout(() => response.socket?.destroy(), 20));
    return;
  }
  if (slow !== undefined)
    for (let at = 0; at < bytes.length && !response.destroyed; at += 4096) {
      response.write(bytes.subarray(at, at + 4096));
      await pause(slow);
    }
  response.end(slow === undefined ? bytes : undefined);
}

function bodyOf(request, parts) {
  const bytes = Buffer.concat(parts);
  const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw compilation('The body is not JSON.');
  }
}

async function answer(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const url = new URL(request.url, 'http://localhost');
  const body = bodyOf(request, parts);
  if (url.pathname.startsWith('/-/')) {
    const out = await administer(request.method, url.pathname, body).then(
      (told) => ({ status: 200, body: told ?? {} }),
      (error) => ({ status: 400, body: { message: error instanceof Refusal ? error.message : String(error.stack) } }),
    );
    return send(response, out, {});
  }
  const isApi = url.pathname.startsWith('/api/');
  const fault = faultOfRequest(request.method, url.pathname + url.search) ?? {};
  if (fault.wait !== undefined) await pause(fault.wait);
  if (fault.cut === 'before') return request.socket.destroy();
  const isRefusal = fault.status !== undefined || fault.code !== undefined;
  const out = isRefusal
    ? faultAnswer(fault, isApi)
    : await serve(request.method, url, request.headers, body).catch((error) => refused(error, isApi));
  if (fault.cut === 'after') return request.socket.destroy();
  return send(response, out, fault);
}

const server = http.createServer(
  (request, response) => void answer(request, response).catch(() => request.socket.destroy()),
);
server.keepAliveTimeout = 60_000;
await new Promise((done) => server.listen(0, '127.0.0.1', done));
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`);
process.stdin.on('end', () => process.exit()).resume();
