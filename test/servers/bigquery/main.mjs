// A stand-in for BigQuery: REST, Storage Read API, Cloud Storage, metadata server and token endpoints, with DuckDB behind them. Its settings are JSON in argv[2]; it
// prints one line of JSON with its addresses, and ends with its stdin.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { makeCertificate } from './certificates.mjs';
import { Store } from './store.mjs';
import { Identities } from './identity.mjs';
import { Exports } from './export.mjs';
import { Jobs } from './jobs.mjs';
import { Objects } from './objects.mjs';
import { Rest } from './rest.mjs';
import { Storage } from './storage.mjs';
import { faultOfRequest, forget, note, pause, seenNow, setFaults } from './faults.mjs';
import { errorBody, Refusal } from './refusal.mjs';

const given = process.argv[2] === undefined ? {} : JSON.parse(process.argv[2]);
const settings = {
  ...{
    project: 'data-project',
    location: 'EU',
    identity: 'robot@data-project.iam.gserviceaccount.com',
    serviceAccounts: {},
  },
  ...given,
};
// Where it may write, it speaks TLS, and tells of the certificate to trust.
if (settings.directory !== undefined) Object.assign(settings, await makeCertificate(settings.directory));

const store = await Store.open(settings);
const identities = new Identities(settings);
const objects = new Objects(identities, settings);
const jobs = new Jobs(store, identities, settings, new Exports(store, objects, identities, settings));
const rest = new Rest(store, jobs, identities, settings);
const storage = new Storage(store, identities, settings);

/** What tests say to the stand-in itself. */
async function administer(method, path, body) {
  const whole = `${method} ${path}`;
  if (whole === 'POST /-/tables' || whole === 'POST /-/rows') {
    const { table, version } = await (path === '/-/tables' ? store.create(body) : store.change(body));
    return {
      project: table.project,
      dataset: table.dataset,
      table: table.name,
      rows: version.rows,
      time: new Date(Number(version.time / 1000n)).toISOString(),
      micros: String(version.time),
    };
  }
  if (whole === 'POST /-/faults') return setFaults(body);
  if (whole === 'POST /-/deny') return identities.deny(body);
  if (whole === 'POST /-/expire') return identities.expire();
  if (whole === 'POST /-/settings') return void Object.assign(settings, body);
  if (whole === 'GET /-/seen') return seenNow();
  if (whole === 'POST /-/buckets') return objects.createBucket(body);
  if (whole === 'GET /-/objects') return objects.all();
  if (whole === 'POST /-/objects') return void objects.put(body.bucket, body.name, Buffer.from(body.text));
  if (whole !== 'DELETE /-/') throw new Refusal('notFound', whole);
  await store.empty();
  jobs.clear();
  objects.clear();
  storage.clear();
  identities.allow();
  return forget();
}

async function serve(method, url, headers, bytes) {
  const stored = objects.knows(url.pathname);
  // Objects are bytes, every other body is text.
  const text = stored ? '' : bytes.toString();
  const endpoint = identities.answer(method, url.pathname, headers, text);
  if (endpoint !== undefined) {
    note('requests', { method, path: url.pathname });
    return endpoint;
  }
  const identity = identities.of(headers.authorization);
  const userProject = headers['x-goog-user-project'];
  note('identities', identity);
  if (userProject !== undefined) note('userProjects', userProject);
  const body = text === '' ? {} : JSON.parse(text);
  note('requests', {
    method,
    path: url.pathname + url.search,
    identity,
    userProject,
    labels: body.labels ?? body.configuration?.labels,
  });
  const query = Object.fromEntries(url.searchParams);
  identities.checkUserProject(identity, userProject);
  if (stored) return inWords(query, () => objects.answer(method, url.pathname, { query, headers, bytes, identity }));
  return { status: 200, body: await rest.answer(method, url.pathname, { query, body, identity }) };
}

/** Of an object's own bytes, a refusal is a text. */
function inWords({ alt }, answer) {
  try {
    return answer();
  } catch (error) {
    if (alt !== 'media' || !(error instanceof Refusal)) throw error;
    return { status: error.status, headers: { 'content-type': 'text/html' }, body: Buffer.from(error.message) };
  }
}

function refused(error) {
  if (error instanceof Refusal)
    return { status: error.status, body: errorBody(error.status, error.reason, error.message, error.label) };
  return { status: 500, body: errorBody(500, 'backendError', error.stack, 'INTERNAL') };
}

function faultAnswer({ status, reason = 'backendError', message = 'a fault on command', retryAfter }) {
  const names = { 401: 'authError', 403: 'accessDenied', 429: 'rateLimitExceeded' };
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return { status, headers, body: errorBody(status, names[status] ?? reason, message, 'UNAVAILABLE') };
}

/** The same bytes but for one. */
function damaged(bytes) {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] ^= 0xff;
  return copy;
}

/** A body as bytes, and its type. */
function contentOf(body) {
  if (Buffer.isBuffer(body)) return [body, 'application/octet-stream'];
  return typeof body === 'string'
    ? [Buffer.from(body), 'application/text']
    : [Buffer.from(JSON.stringify(body) ?? ''), 'application/json'];
}

async function answer(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const sent = Buffer.concat(parts);
  const url = new URL(request.url, 'http://localhost');
  let out;
  if (url.pathname.startsWith('/-/')) {
    out = await administer(request.method, url.pathname, sent.length === 0 ? undefined : JSON.parse(sent)).then(
      (body) => ({ status: 200, body: body ?? {} }),
      refused,
    );
  } else {
    const fault = faultOfRequest(request.method, url.pathname + url.search) ?? {};
    if (fault.wait !== undefined) await pause(fault.wait);
    if (fault.cut === 'before') return request.socket.destroy();
    out =
      fault.status === undefined
        ? await serve(request.method, url, request.headers, sent).catch(refused)
        : faultAnswer(fault);
    if (fault.cut === 'after') return request.socket.destroy();
    if (fault.damage && Buffer.isBuffer(out.body)) out.body = damaged(out.body);
  }
  const [content, type] = contentOf(out.body);
  const length = out.status === 204 ? {} : { 'content-length': content.length };
  response.writeHead(out.status, { 'metadata-flavor': 'Google', 'content-type': type, ...length, ...out.headers });
  response.end(content);
}

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
const handler = (request, response) => void answer(request, response).catch(() => request.socket.destroy());
const restPort = await listen(http.createServer(handler));
const addresses = { rest: `http://127.0.0.1:${restPort}`, metadata: `127.0.0.1:${restPort}` };
if (settings.certificate !== undefined) {
  const secure = await listen(
    https.createServer({ key: readFileSync(settings.key), cert: readFileSync(settings.certificate) }, handler),
  );
  const inner = await storage.listen();
  // In front of gRPC's own port, so that connections can be cut.
  const open = new Set();
  storage.resets = {
    *[Symbol.iterator]() {
      for (const one of open) yield () => one.destroy();
    },
  };
  const front = net.createServer({ noDelay: true }, (socket) => {
    const target = net.connect({ port: inner, host: '127.0.0.1', noDelay: true });
    open.add(socket);
    socket.on('close', () => {
      open.delete(socket);
      target.destroy();
    });
    target.on('close', () => socket.destroy());
    for (const one of [socket, target]) one.on('error', () => one.destroy());
    socket.pipe(target).pipe(socket);
  });
  const storagePort = await listen(front);
  // Clients take Google's own hosts for tokens, whatever a key file says: an HTTPS proxy that leads every host here.
  const proxy = http.createServer().on('connect', ({ url }, socket, head) => {
    const rows = url.startsWith('bigquerystorage.googleapis.com:');
    const target = net.connect(rows ? storagePort : secure, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.write(head);
      socket.pipe(target).pipe(socket);
    });
    for (const one of [socket, target]) one.on('error', () => one.destroy());
  });
  Object.assign(addresses, { storagePort, connectProxy: `http://127.0.0.1:${await listen(proxy)}` });
}
process.stdout.write(`${JSON.stringify({ ...addresses, certificate: settings.certificate })}\n`);
process.stdin.on('end', () => process.exit()).resume();
