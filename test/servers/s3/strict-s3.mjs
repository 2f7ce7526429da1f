// A store that speaks S3's protocol and is strict about it: signatures, digests, conditions, parts. It keeps all in memory, and is told
// of faults that it is to play. Path style only. Prints its port, and ends with its stdin.
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { settings, fault, setFaults } from './faults.mjs';

/** Session tokens of keys that have one. */
const sessions = { AKIDSESSION: 'canary-of-the-session' };
const keys = { AKIDGOOD: 'secret-of-good', AKIDEXPIRED: 'secret-of-expired', AKIDSESSION: 'secret-of-the-session' };
const smallestPart = 5 * 1024 * 1024;
const { pageSize, swallow } = settings;

/** @type {Map<string, Map<string, {body: Buffer, size: number, etag: string, modified: Date, headers: Record<string, string>}>>} */
const buckets = new Map();
const uploads = new Map();
const requests = [];

class Refusal extends Error {
  constructor(status, code, message = code) {
    super(message);
    Object.assign(this, { status, code });
  }
}

const md5 = (bytes) => createHash('md5').update(bytes).digest();
const sha256 = (bytes, form) => createHash('sha256').update(bytes).digest(form);
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const tag = (name, value) => (value === undefined ? '' : `<${name}>${escape(String(value))}</${name}>`);

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
function checkSignature(request, url, body) {
  const given = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(
    request.headers.authorization ?? '',
  );
  if (given === null) throw new Refusal(403, 'AccessDenied', 'no signature');
  const [id, date, region, service] = given[1].split('/');
  if (id === 'AKIDDENIED') throw new Refusal(403, 'AccessDenied', 'Access Denied');
  const secret = keys[id];
  if (secret === undefined) throw new Refusal(403, 'InvalidAccessKeyId', 'The AWS Access Key Id does not exist.');
  if (sessions[id] !== request.headers['x-amz-security-token'])
    throw new Refusal(403, 'InvalidToken', 'The security token does not belong to the key.');
  if (id === 'AKIDEXPIRED') throw new Refusal(400, 'ExpiredToken', 'The provided token has expired.');
  const encode = (text) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const path = decodeURIComponent(url.pathname).split('/').map(encode).join('/');
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const names = given[2].split(';');
  const headers = names
    .map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}\n`,
    )
    .join('');
  const hash = request.headers['x-amz-content-sha256'];
  const canonical = [request.method, path, query, headers, given[2], hash].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical, 'hex')].join('\n');
  let key = `AWS4${secret}`;
  for (const part of [date, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  if (createHmac('sha256', key).update(text).digest('hex') !== given[3])
    throw new Refusal(403, 'SignatureDoesNotMatch', 'The signature does not match.');
  if (/^[0-9a-f]{64}$/.test(hash) && !swallow && sha256(body, 'hex') !== hash)
    throw new Refusal(400, 'XAmzContentSHA256Mismatch', 'The digest is not that of the body.');
}

function checkDigest(request, body) {
  const given = request.headers['x-amz-checksum-sha256'];
  if (given !== undefined && !swallow && sha256(body, 'base64') !== given)
    throw new Refusal(400, 'BadDigest', 'The SHA256 you specified did not match the calculated checksum.');
  return given;
}

function checkConditions(request, found) {
  if (fault.ignoresConditions()) return;
  const { 'if-none-match': none, 'if-match': match } = request.headers;
  if (none === '*' && found !== undefined) throw new Refusal(412, 'PreconditionFailed');
  if (match !== undefined && found === undefined) throw new Refusal(404, 'NoSuchKey');
  if (match !== undefined && match !== found.etag) throw new Refusal(412, 'PreconditionFailed');
}

const kept = (request) =>
  Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => /^x-amz-(meta-|tagging|server-side)/.test(name)),
  );

function put(objects, key, { body, size = body.length, etag, headers }) {
  objects.set(key, { body, size, etag, modified: new Date(), headers });
  return etag;
}

function uploadOf(url, key) {
  const upload = uploads.get(url.searchParams.get('uploadId'));
  if (upload === undefined || upload.key !== key) throw new Refusal(404, 'NoSuchUpload');
  return upload;
}

function uploadPart(request, url, { objects, key, body }) {
  const upload = uploadOf(url, key);
  let bytes = body;
  const source = request.headers['x-amz-copy-source'];
  if (source !== undefined) {
    const [bucket, ...names] = decodeURIComponent(source).replace(/^\//, '').split('/');
    const from = buckets.get(bucket)?.get(names.join('/'));
    if (from === undefined) throw new Refusal(404, 'NoSuchKey');
    if (from.etag !== request.headers['x-amz-copy-source-if-match']) throw new Refusal(412, 'PreconditionFailed');
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers['x-amz-copy-source-range']);
    bytes = from.body.subarray(Number(start), Number(end) + 1);
  }
  void objects;
  const given = checkDigest(request, body);
  const part = {
    body: swallow ? undefined : bytes,
    size: bytes.length,
    md5: swallow ? md5(given ?? '') : md5(bytes),
    sha256: given ?? sha256(bytes, 'base64'),
  };
  upload.parts.set(Number(url.searchParams.get('partNumber')), part);
  const etag = `"${part.md5.toString('hex')}"`;
  if (source === undefined) return { headers: { etag, 'x-amz-checksum-sha256': part.sha256 } };
  return { body: `<CopyPartResult>${tag('ETag', etag)}${tag('ChecksumSHA256', part.sha256)}</CopyPartResult>` };
}

function completeUpload(request, url, { bucket, objects, key, body }) {
  const upload = uploadOf(url, key);
  checkConditions(request, objects.get(key));
  const named = [...String(body).matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part]) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)[1]),
    etag: /<ETag>(.*?)</.exec(part)[1].replaceAll('&quot;', '"'),
    sha256: /<ChecksumSHA256>(.*?)</.exec(part)?.[1],
  }));
  const parts = named.map(({ number, etag, sha256: given }, index) => {
    const part = upload.parts.get(number);
    if (number !== index + 1) throw new Refusal(400, 'InvalidPartOrder');
    if (part === undefined || etag !== `"${part.md5.toString('hex')}"`) throw new Refusal(400, 'InvalidPart');
    if (given !== part.sha256) throw new Refusal(400, 'InvalidPart', 'the checksum is not that of the part');
    if (part.size < smallestPart && index < named.length - 1) throw new Refusal(400, 'EntityTooSmall');
    return part;
  });
  if (parts.length === 0) throw new Refusal(400, 'MalformedXML');
  const etag = `"${md5(Buffer.concat(parts.map((part) => part.md5))).toString('hex')}-${parts.length}"`;
  const whole = swallow ? Buffer.alloc(0) : Buffer.concat(parts.map((part) => part.body));
  put(objects, key, {
    body: whole,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    etag,
    headers: upload.headers,
  });
  uploads.delete(url.searchParams.get('uploadId'));
  const content = tag('Bucket', bucket) + tag('Key', key) + tag('ETag', etag);
  return { body: `<CompleteMultipartUploadResult>${content}</CompleteMultipartUploadResult>` };
}

function listObjects(url, bucket, objects) {
  const prefix = url.searchParams.get('prefix') ?? '';
  const delimiter = url.searchParams.get('delimiter');
  const most = Math.min(Number(url.searchParams.get('max-keys') ?? pageSize), pageSize);
  const after = url.searchParams.get('continuation-token') ?? '';
  const seen = new Map();
  for (const key of [...objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    const name = at < 0 ? key : key.slice(0, at + 1);
    if (name > after && !seen.has(name)) seen.set(name, at >= 0);
  }
  const page = [...seen].slice(0, most);
  const more = seen.size > page.length;
  const entries = page.map(([name, isFolder]) => {
    if (isFolder) return `<CommonPrefixes>${tag('Prefix', name)}</CommonPrefixes>`;
    const { etag, size, modified } = objects.get(name);
    return `<Contents>${tag('Key', name)}${tag('ETag', etag)}${tag('Size', size)}${tag('LastModified', modified.toISOString())}</Contents>`;
  });
  const token = more ? tag('NextContinuationToken', page.at(-1)[0]) : '';
  const content = tag('Name', bucket) + tag('Prefix', prefix) + tag('IsTruncated', more) + token + entries.join('');
  return { body: `<ListBucketResult>${content}</ListBucketResult>` };
}

function listUploads(url, bucket) {
  const prefix = url.searchParams.get('prefix') ?? '';
  const from = url.searchParams.get('upload-id-marker') ?? '';
  const all = [...uploads]
    .filter(([, one]) => one.bucket === bucket && one.key.startsWith(prefix))
    .map(([id, { key }]) => ({ id, key }));
  all.sort((a, b) => (`${a.key}\0${a.id}` < `${b.key}\0${b.id}` ? -1 : 1));
  const start = from === '' ? 0 : all.findIndex(({ id }) => id === from) + 1;
  const page = all.slice(start, start + pageSize);
  const more = all.length > start + page.length;
  const last = page.at(-1);
  const markers = more ? tag('NextKeyMarker', last.key) + tag('NextUploadIdMarker', last.id) : '';
  const entries = page.map(({ id, key }) => `<Upload>${tag('Key', key)}${tag('UploadId', id)}</Upload>`).join('');
  return {
    body: `<ListMultipartUploadsResult>${tag('IsTruncated', more)}${markers}${entries}</ListMultipartUploadsResult>`,
  };
}

function readObject(request, found) {
  if (found === undefined) throw new Refusal(404, 'NoSuchKey');
  checkConditions(request, found);
  const { body, etag, modified, headers: own } = found;
  const headers = { etag, 'last-modified': modified.toUTCString(), ...own };
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range === null) return { bytes: body, headers };
  return { status: 206, bytes: body.subarray(Number(range[1]), Number(range[2]) + 1), headers };
}

function answer(request, url, body) {
  const [, bucket, ...names] = decodeURIComponent(url.pathname).split('/');
  const key = names.join('/');
  const has = (name) => url.searchParams.has(name);
  const objects = buckets.get(bucket);
  if (request.method === 'PUT' && key === '') return buckets.set(bucket, objects ?? new Map()) && {};
  if (objects === undefined) throw new Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const given = { bucket, objects, key, body };
  if (request.method === 'GET' && key === '')
    return has('uploads') ? listUploads(url, bucket) : listObjects(url, bucket, objects);
  if (request.method === 'GET' || request.method === 'HEAD') return readObject(request, objects.get(key));
  if (request.method === 'POST' && has('uploads')) {
    const id = randomUUID();
    uploads.set(id, { bucket, key, headers: kept(request), parts: new Map() });
    return { body: `<InitiateMultipartUploadResult>${tag('UploadId', id)}</InitiateMultipartUploadResult>` };
  }
  if (request.method === 'POST') return completeUpload(request, url, given);
  if (request.method === 'PUT' && has('uploadId')) return uploadPart(request, url, given);
  if (request.method === 'PUT') {
    checkDigest(request, body);
    checkConditions(request, objects.get(key));
    return {
      headers: { etag: put(objects, key, { body, etag: `"${md5(body).toString('hex')}"`, headers: kept(request) }) },
    };
  }
  if (has('uploadId')) {
    uploadOf(url, key);
    uploads.delete(url.searchParams.get('uploadId'));
    return { status: 204 };
  }
  if (request.headers['if-match'] !== undefined) checkConditions(request, objects.get(key));
  objects.delete(key);
  return { status: 204 };
}

/** What `restore` brings back, by bucket. */
let saved = new Map();

/** What the tests ask: everything that is there, and what was requested; or faults to play, or keys of a machine's role to know. */
function administer(request, url, body) {
  const has = (name) => url.searchParams.has(name);
  if (request.method === 'PUT') {
    const { id, secret, token } = JSON.parse(body);
    keys[id] = secret;
    sessions[id] = token;
    return {};
  }
  if (request.method === 'POST') {
    setFaults(JSON.parse(body));
    return {};
  }
  if (request.method === 'PATCH') {
    if (String(body) === '"keep"') saved = new Map([...buckets].map(([bucket, objects]) => [bucket, new Map(objects)]));
    else for (const [bucket, objects] of saved) buckets.set(bucket, new Map(objects));
    uploads.clear();
    return {};
  }
  if (request.method === 'DELETE') {
    for (const objects of buckets.values()) objects.clear();
    uploads.clear();
    requests.length = 0;
    return {};
  }
  const objects = [...buckets].flatMap(([bucket, all]) =>
    [...all].map(([key, { size, headers, body }]) => {
      return { bucket, key, size, headers, ...(has('digests') && { sha256: sha256(body, 'hex') }) };
    }),
  );
  const open = [...uploads].map(([id, { bucket, key }]) => ({ id, bucket, key }));
  return { body: JSON.stringify({ objects, uploads: open, requests, left: fault.left() }) };
}

const server = createServer((request, response) => {
  const chunks = [];
  let size = 0;
  request.on('data', (chunk) => {
    size += chunk.length;
    if (!swallow || size < 1024 * 1024) chunks.push(chunk);
  });
  request.on('end', () => {
    const url = new URL(request.url, 'http://store');
    const body = Buffer.concat(chunks);
    // Of a large body only its length is kept.
    if (swallow && size >= 1024 * 1024) Object.defineProperty(body, 'length', { value: size });
    const isAdmin = url.pathname === '/-/';
    if (!isAdmin) requests.push(`${request.headers['x-amz-copy-source'] ? 'COPY' : request.method} ${request.url}`);
    const played = isAdmin ? undefined : fault.take(request, url);
    const work = () => {
      if (isAdmin) return administer(request, url, body);
      if (played?.damage === true) body[0] ^= 1;
      checkSignature(request, url, body);
      return answer(request, url, body);
    };
    void respond(request, response, { played, work });
  });
});

async function respond(request, response, { played = {}, work }) {
  try {
    const { wait, cut, status, code = 'SlowDown', location } = played;
    if (wait !== undefined) await new Promise((resolve) => setTimeout(resolve, wait));
    if (status !== undefined) throw new Refusal(status, code);
    if (location !== undefined) return response.writeHead(307, { location }).end();
    const given = cut === 'before' ? {} : work();
    if (cut !== undefined) return request.socket.destroy();
    const bytes = given.bytes ?? Buffer.from(given.body ?? '');
    response.writeHead(given.status ?? 200, { 'content-length': bytes.length, ...given.headers });
    return response.end(request.method === 'HEAD' ? undefined : bytes);
  } catch (thrown) {
    const { status = 500, code = 'InternalError', message } = thrown;
    if (!(thrown instanceof Refusal)) console.error(thrown);
    const text = `<?xml version="1.0"?><Error>${tag('Code', code)}${tag('Message', message)}</Error>`;
    response.writeHead(status, { 'content-type': 'application/xml' });
    return response.end(request.method === 'HEAD' ? undefined : text);
  }
}

server.listen(settings.port, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.resume().on('end', () => process.exit(0));
