import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { keyOf, urlOf } from './chain.js';
import { orders } from './tables.js';

let service: SnowflakeStandIn;

beforeAll(async () => {
  service = await startSnowflake({ chunkRows: 1_000, partitionRows: 1_000 });
  await service.createTable(orders(10_000));
});
afterAll(() => service.stop());

interface Proxy {
  readonly port: number;
  readonly tunnels: number;
  readonly forwarded: number;
  readonly refused: number;
  close(): void;
}

/** A proxy that makes tunnels for those who say the password, and says how many it made. */
async function proxy(): Promise<Proxy> {
  const seen = { port: 0, tunnels: 0, forwarded: 0, refused: 0, close: () => void server.close() };
  const login = `Basic ${Buffer.from('me:proxy-canary').toString('base64')}`;
  // The vendor's client sends what is not encrypted without a tunnel, and without a password.
  const server = http.createServer((request, response) => {
    seen.forwarded += 1;
    const { url, method, headers } = request;
    const onward = http.request(new URL(url!, `http://${headers.host}`), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on('connect', ({ url, headers }: http.IncomingMessage, client: net.Socket, head: Buffer) => {
    client.on('error', () => undefined);
    if (headers['proxy-authorization'] !== login) {
      seen.refused += 1;
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    seen.tunnels += 1;
    const { hostname, port } = new URL(`http://${url}`);
    const upstream = net.connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  seen.port = (server.address() as AddressInfo).port;
  return seen;
}

const run = (env: Readonly<Record<string, string>>, via: string): ReturnType<typeof tidemark> =>
  tidemark(
    ['snapshot', '--source', urlOf(service), '--table', 'orders', '--dataset', 'dataset://d/v1', '--via', via].concat([
      '--out',
      emptyFolder('out'),
    ]),
    { env: { ...keyOf(service), ...env } },
  );

describe.each(['api', 'chunks'])('a proxy, by %s,', (via) => {
  it('is gone through where the environment names one', async () => {
    const gate = await proxy();
    const address = `http://me:proxy-canary@127.0.0.1:${gate.port}`;
    const { code, stdout, stderr } = await run({ HTTP_PROXY: address }, via);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(gate.tunnels).toBeGreaterThan(1);
    expect(gate.forwarded).toBeGreaterThan(1);
    expect(stdout + stderr).not.toContain('proxy-canary');
    const before = gate.tunnels + gate.forwarded;
    expect((await run({ HTTP_PROXY: address, NO_PROXY: '127.0.0.1' }, via)).code).toBe(0);
    expect(gate.tunnels + gate.forwarded).toBe(before);
    gate.close();
  });

  it('that is not told who asks is named', async () => {
    const gate = await proxy();
    const { code, stderr } = await run({ HTTP_PROXY: `http://127.0.0.1:${gate.port}` }, via);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/407[\s\S]*hint: The proxy wants to know who asks/)]);
    expect(gate.refused).toBeGreaterThan(0);
    gate.close();
  });
});
