import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { giveBack } from '../../../core/give-back.js';
import { agentFor } from './proxy.js';

const unzip = promisify(gunzip);

export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds of silence after which nobody is there. */
  readonly silence: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Unpacked. */
  readonly body: Buffer;
  /** Bytes that came. */
  readonly size: number;
}

/** An answer that is no success. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';

  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`HTTP ${status}`);
  }
}

/** One request; nothing is tried again here. @throws HttpRefusal; what Node says of the network, of answers that end early, of bodies that are damaged */
export async function ask(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { status, headers, packed } = await send(request, signal);
  const size = packed.length;
  // Stores of objects do not always say that what they keep is packed.
  const isPacked = headers['content-encoding'] === 'gzip' || (packed[0] === 0x1f && packed[1] === 0x8b);
  const body = isPacked ? await unzip(packed, { chunkSize: roomFor(packed) }) : packed;
  if (isPacked) giveBack(packed);
  if (status >= 400) throw new HttpRefusal(status, body.toString('utf8', 0, 4000));
  return { status, headers, body, size };
}

/** The packed form ends with how long it is unpacked (RFC 1952), modulo 2^32: with that much room it is unpacked in one piece. */
function roomFor(packed: Buffer): number {
  const told = packed.length < 18 ? 0 : packed.readUInt32LE(packed.length - 4);
  return Math.min(Math.max(told + 64, 1024), 256 * 1024 * 1024);
}

interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly packed: Buffer;
}

async function send({ url, method = 'GET', headers, body, silence }: HttpRequest, signal: AbortSignal): Promise<Sent> {
  const address = new URL(url);
  const agent = await agentFor(address);
  signal.throwIfAborted();
  const isPlain = address.protocol === 'http:';
  return new Promise((resolve, reject) => {
    const options = {
      method,
      signal,
      agent,
      headers: {
        'accept-encoding': 'gzip',
        ...headers,
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
    };
    const request = (isPlain ? http : https).request(address, options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        if (response.complete)
          resolve({ status: response.statusCode!, headers: response.headers, packed: Buffer.concat(parts) });
        else reject(Object.assign(new Error('the answer ended early'), { code: 'ECONNRESET' }));
      });
    });
    request.on('error', reject);
    request.setTimeout(silence, () =>
      request.destroy(Object.assign(new Error(`nothing came for ${silence / 1000} s`), { code: 'ETIMEDOUT' })),
    );
    request.end(body);
  });
}
