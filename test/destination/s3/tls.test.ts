import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { connectS3 } from '../../../src/destination/s3/connect.js';
import { thisMachine } from '../../../src/machine/machine.js';
import { goodKey } from '../../servers/s3/strict.js';

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => void server.close());

it('a store without TLS that is asked over it is told apart from one that is away', async () => {
  Object.assign(process.env, goodKey);
  const { port } = server.address() as AddressInfo;
  const place = `s3://bucket/a?endpoint=https://127.0.0.1:${port}&path-style=true&region=r`;
  await expect(connectS3(thisMachine, place).recover(['sales'])).rejects.toMatchObject({
    code: 'destination.io',
    hint: expect.stringMatching(/http:\/\/ rather than https:\/\//) as string,
  });
});
