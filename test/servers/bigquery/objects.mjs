// Cloud Storage's JSON API, as far as exports need it: https://cloud.google.com/storage/docs/json_api. Objects are bytes in memory.
import { Refusal } from './refusal.mjs';

const pageSize = 1000;

/** Its errors have no `status` beside their code. */
const refusal = (reason, message) => Object.assign(new Refusal(reason, message), { label: undefined });

/** `a,b(c,d)` of `fields` as a tree; a name without parts is whole. */
function parseFields(text) {
  const root = {};
  const open = [root];
  let last = root;
  for (const [token] of text.matchAll(/[\w*]+|[(),/]/g)) {
    if (token === '(') open.push(last);
    else if (token === ')') open.pop();
    else if (token === '/') throw refusal('invalid', 'paths in fields are not known here');
    else if (token !== ',') last = open.at(-1)[token] = {};
  }
  return root;
}

/** What was asked for of an answer, and nothing else. */
function pick(value, tree) {
  if (Array.isArray(value)) return value.map((one) => pick(one, tree));
  if (Object.keys(tree).length === 0 || '*' in tree) return value;
  const kept = Object.entries(value).filter(([name]) => name in tree);
  return Object.fromEntries(kept.map(([name, one]) => [name, pick(one, tree[name])]));
}

/** The bytes that a Range header asks for, undefined where it asks for all. */
function spanOf(range, size) {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === undefined || from + to === '') return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size : Math.min(size, Number(to) + 1);
  if (start >= size) throw refusal('requestedRangeNotSatisfiable', 'Request range not satisfiable');
  return { start, end };
}

export class Objects {
  /** @type {Map<string, { location: string, objects: Map<string, object> }>} */
  #buckets = new Map();
  #generation = 0;

  constructor(identities, settings) {
    Object.assign(this, { identities, settings });
    this.routes = [
      ['GET', /^\/storage\/v1\/b\/([^/]+)\/o$/, this.#list],
      ['GET', /^\/storage\/v1\/b\/([^/]+)\/o\/([^/]+)$/, this.#get],
      ['DELETE', /^\/storage\/v1\/b\/([^/]+)\/o\/([^/]+)$/, this.#delete],
      ['POST', /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/, this.#upload],
    ];
  }

  knows(path) {
    return /^(?:\/upload)?\/storage\/v1\//.test(path);
  }

  clear() {
    this.#buckets.clear();
  }

  createBucket({ name, location = this.settings.location }) {
    this.#buckets.set(name, { location, objects: new Map() });
  }

  /** Undefined where there is none. */
  locationOf(bucket) {
    return this.#buckets.get(bucket)?.location;
  }

  all() {
    return [...this.#buckets].flatMap(([bucket, { objects }]) =>
      [...objects].map(([name, { bytes }]) => ({ bucket, name, size: bytes.length })),
    );
  }

  put(bucket, name, bytes, contentType = 'application/octet-stream') {
    // Later ones are greater, as the service's are.
    this.#generation = Math.max(Date.now() * 1000, this.#generation + 1);
    const held = { bytes, contentType, generation: String(this.#generation), updated: new Date().toISOString() };
    this.#bucket(bucket).objects.set(name, held);
    return held;
  }

  /** @returns {{ status: number, body?: object | Buffer, headers?: object }} */
  answer(method, path, asked) {
    for (const [verb, pattern, handler] of this.routes) {
      const found = verb === method ? pattern.exec(path) : null;
      if (found !== null) return handler.call(this, asked, ...found.slice(1).map(decodeURIComponent));
    }
    throw refusal('notFound', `Not Found: ${method} ${path}`);
  }

  #bucket(name) {
    const found = this.#buckets.get(name);
    if (found === undefined) throw refusal('notFound', 'The specified bucket does not exist.');
    return found;
  }

  #allowed(identity, permission, bucket) {
    if (this.identities.may(identity, permission, `projects/_/buckets/${bucket}`)) return;
    const what = permission === 'storage.objects.list' ? 'bucket' : 'object';
    throw refusal(
      'forbidden',
      `${identity} does not have ${permission} access to the Google Cloud Storage ${what}. Permission '${permission}' denied on resource (or it may not exist).`,
    );
  }

  #resource(bucket, name, { bytes, contentType, generation, updated }) {
    const id = `${bucket}/${name}/${generation}`;
    const times = { timeCreated: updated, updated };
    return { kind: 'storage#object', id, bucket, name, generation, contentType, size: String(bytes.length), ...times };
  }

  /** The object, of the generation that was asked for. */
  #find({ query }, bucket, name) {
    const held = this.#bucket(bucket).objects.get(name);
    if (held === undefined || (query.generation ?? held.generation) !== held.generation)
      throw refusal('notFound', `No such object: ${bucket}/${name}`);
    this.#checkCondition(query, held);
    return held;
  }

  /** Generation 0 is that of an object that is not there. */
  #checkCondition({ ifGenerationMatch }, held) {
    if (ifGenerationMatch !== undefined && ifGenerationMatch !== (held?.generation ?? '0'))
      throw refusal('conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
  }

  #list({ query, identity }, bucket) {
    this.#allowed(identity, 'storage.objects.list', bucket);
    const { objects } = this.#bucket(bucket);
    const { prefix = '', delimiter = '' } = query;
    const entries = new Set();
    for (const name of [...objects.keys()].sort()) {
      if (!name.startsWith(prefix)) continue;
      const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
      entries.add(end < 0 ? name : name.slice(0, end + delimiter.length));
    }
    const after = Buffer.from(query.pageToken ?? '', 'base64').toString();
    const left = [...entries].filter((one) => one > after);
    const size = Math.min(Number(query.maxResults ?? pageSize), this.settings.storagePageSize ?? pageSize);
    const page = left.slice(0, size);
    const isPrefix = (one) => delimiter !== '' && one.indexOf(delimiter, prefix.length) >= 0;
    const items = page.filter((one) => !isPrefix(one)).map((one) => this.#resource(bucket, one, objects.get(one)));
    const prefixes = page.filter(isPrefix);
    const body = {
      kind: 'storage#objects',
      ...(left.length > size && { nextPageToken: Buffer.from(page.at(-1)).toString('base64') }),
      ...(prefixes.length > 0 && { prefixes }),
      ...(items.length > 0 && { items }),
    };
    return { status: 200, body: pick(body, parseFields(query.fields ?? '')) };
  }

  #get({ query, identity, headers }, bucket, name) {
    this.#allowed(identity, 'storage.objects.get', bucket);
    const held = this.#find({ query }, bucket, name);
    if (query.alt !== 'media')
      return { status: 200, body: pick(this.#resource(bucket, name, held), parseFields(query.fields ?? '')) };
    const told = { 'content-type': held.contentType, 'x-goog-generation': held.generation };
    const size = held.bytes.length;
    const span = spanOf(headers.range, size);
    if (span === undefined) return { status: 200, body: held.bytes, headers: told };
    const { start, end } = span;
    const range = { 'content-range': `bytes ${start}-${end - 1}/${size}` };
    return { status: 206, body: held.bytes.subarray(start, end), headers: { ...told, ...range } };
  }

  #delete({ query, identity }, bucket, name) {
    this.#allowed(identity, 'storage.objects.delete', bucket);
    this.#find({ query }, bucket, name);
    this.#bucket(bucket).objects.delete(name);
    return { status: 204 };
  }

  #upload({ query, identity, headers, bytes }, bucket) {
    const { name, uploadType } = query;
    if (uploadType !== 'media') throw refusal('invalid', 'only uploadType=media is known here');
    if (name === undefined) throw refusal('required', 'Required');
    this.#allowed(identity, 'storage.objects.create', bucket);
    const held = this.#bucket(bucket).objects.get(name);
    this.#checkCondition(query, held);
    // To write over an object is to delete it.
    if (held !== undefined) this.#allowed(identity, 'storage.objects.delete', bucket);
    const made = this.put(bucket, name, bytes, headers['content-type']);
    return { status: 200, body: pick(this.#resource(bucket, name, made), parseFields(query.fields ?? '')) };
  }
}
