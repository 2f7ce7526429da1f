import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Datum {
  readonly id: string;
  readonly name: string;
  readonly uri: string;
  readonly store: string;
  metadata: Readonly<Record<string, unknown>>;
}

interface Version {
  readonly id: string;
  readonly name: string;
  readonly dataset: string;
  readonly previous_version: string | null;
  readonly files: readonly { readonly datum: string }[];
}

/** A fault for the next request whose method and path are these. */
export interface ApiFault {
  readonly at: RegExp;
  readonly status?: number;
  /** Does the work, and cuts the connection. */
  readonly loses?: boolean;
  readonly location?: string;
}

/**
 * The calls of Valohai's API that are relied on, as far as they are described: lists in pages, adoption of what is in a bucket, datasets
 * and their versions.
 */
export class ValohaiStandIn {
  readonly project = randomUUID();
  readonly token = 'token-of-the-tests';
  readonly stores = [
    { id: randomUUID(), name: 'other', type: 's3', configuration: { bucket: 'other-bucket' } },
    { id: randomUUID(), name: 'lake', type: 's3', configuration: { bucket: 'bucket' }, url: 's3://bucket' },
  ];
  readonly data: Datum[] = [];
  readonly datasets: { readonly id: string; readonly name: string }[] = [];
  readonly versions: Version[] = [];
  readonly requests: string[] = [];
  faults: ApiFault[] = [];
  /** Whether an object is in the store's bucket. */
  isThere: (url: string) => Promise<boolean> = () => Promise.resolve(true);
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const url = new URL(request.url!, 'http://api');
    const said = `${request.method} ${url.pathname}`;
    this.requests.push(said);
    const fault = this.faults.find(({ at }) => at.test(said));
    this.faults = this.faults.filter((one) => one !== fault);
    if (fault?.location !== undefined) return void response.writeHead(302, { location: fault.location }).end();
    if (fault?.status !== undefined) return void response.writeHead(fault.status).end('{"detail": "played"}');
    const isKnown = request.headers.authorization === `Token ${this.token}`;
    const [status, answer] = isKnown
      ? await this.work(request.method!, url, body === '' ? {} : (JSON.parse(body) as Record<string, unknown>))
      : [401, { detail: 'Invalid token.' }];
    if (fault?.loses === true) return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  private async work(method: string, url: URL, body: Record<string, unknown>): Promise<[number, unknown]> {
    const [, , , what, id, then] = url.pathname.split('/');
    const query = url.searchParams;
    if (method === 'GET' && what === 'projects' && id === this.project) return [200, this.projectAnswer()];
    if (method === 'GET' && what === 'projects') return this.page(url, [this.projectAnswer()]);
    if (method === 'GET' && what === 'stores') return this.page(url, this.stores);
    if (method === 'POST' && what === 'stores' && then === 'adopt') return this.adopt(id!, String(body['url']));
    if (method === 'POST' && what === 'data') {
      for (const [datum, metadata] of Object.entries(body['datum_metadata'] as Record<string, Record<string, unknown>>))
        this.data.find((one) => one.id === datum)!.metadata = metadata;
      return [200, {}];
    }
    if (method === 'GET' && what === 'data')
      return this.page(
        url,
        this.data.filter(({ name, store }) => name === query.get('name') && store === query.get('store')),
      );
    if (what === 'datasets') {
      if (method === 'GET' && id !== '') {
        const latest = this.versions.findLast(({ dataset }) => dataset === id);
        return [
          200,
          { ...this.datasets.find((one) => one.id === id), latest_version: latest ? { id: latest.id } : null },
        ];
      }
      if (method === 'GET') return this.page(url, this.datasets);
      const made = { id: randomUUID(), name: String(body['name']) };
      this.datasets.push(made);
      return [201, made];
    }
    if (what !== 'dataset-versions') return [404, { detail: 'Not found.' }];
    if (method === 'GET' && id !== '') return [200, this.versionAnswer(this.versions.find((one) => one.id === id)!)];
    if (method === 'GET')
      return this.page(
        url,
        this.versions.filter(({ dataset }) => dataset === query.get('dataset')),
      );
    return this.makeVersion(body);
  }

  private makeVersion(body: Record<string, unknown>): [number, unknown] {
    const { name, dataset, previous_version: previous = null, files } = body as unknown as Version;
    if (this.versions.some((one) => one.name === name && one.dataset === dataset))
      return [400, { name: ['a version of this name exists'] }];
    const made = { id: randomUUID(), name, dataset, previous_version: previous, files };
    this.versions.push(made);
    return [201, made];
  }

  private async adopt(store: string, uri: string): Promise<[number, unknown]> {
    if (this.data.some((datum) => datum.uri === uri))
      return [400, { message: `${uri} already exists in lake`, code: null }];
    if (!(await this.isThere(uri))) return [400, { message: `Not found in lake: ${uri}`, code: null }];
    const datum = { id: randomUUID(), name: uri.slice(uri.lastIndexOf('/') + 1), uri, store, metadata: {} };
    this.data.push(datum);
    return [200, { ok: true, created: { [uri]: datum.id } }];
  }

  private projectAnswer(): object {
    return { id: this.project, name: 'churn', owner: { id: 7, username: 'ml' } };
  }

  private versionAnswer(version: Version): object {
    const files = version.files.map(({ datum }) => ({ datum: this.data.find(({ id }) => id === datum) }));
    return { ...version, files };
  }

  /** Two at a time, so that pages are turned. */
  private page(url: URL, all: readonly unknown[]): [number, unknown] {
    const offset = Number(url.searchParams.get('offset') ?? 0);
    const next = new URL(url);
    next.searchParams.set('offset', String(offset + 2));
    const more = offset + 2 < all.length;
    return [200, { count: all.length, next: more ? next.href : null, results: all.slice(offset, offset + 2) }];
  }
}
