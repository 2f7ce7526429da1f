import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type * as Sdk from '@aws-sdk/client-s3';
import { pythonEnvironment } from '../../platform/python.js';
import type { Contents, StoreForTests } from './store.js';

/** The store of moto, which others test their programs with; or why it is not here. */
export type MaybeMoto = StoreForTests | { readonly missing: string };

const env = { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_REGION: 'us-east-1' };

/** A store that takes any credentials, and looks at no digest, but keeps conditions. */
export async function startMoto(bucket: string): Promise<MaybeMoto> {
  const { bin, reason } = await pythonEnvironment('moto', ['moto[server]==5.2.5']);
  if (bin === undefined) return { missing: reason };
  const port = await freePort();
  const child: ChildProcess = spawn(join(bin, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const makeBucket = (): Promise<boolean> =>
    fetch(`${endpoint}/${bucket}`, { method: 'PUT' }).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let attempts = 0; !(await makeBucket()); attempts += 1) {
    if (attempts === 300) return { missing: 'moto_server does not answer' };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const sdk = await import('@aws-sdk/client-s3');
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new sdk.S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1', credentials });
  return {
    env,
    at: (path) => `s3://${path}?endpoint=${endpoint}&region=us-east-1&path-style=true`,
    contents: () => contentsOf(sdk, client, bucket),
    empty: async () => {
      await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' });
      await makeBucket();
    },
    stop: () => void child.kill(),
  };
}

async function contentsOf(sdk: typeof Sdk, client: Sdk.S3Client, bucket: string): Promise<Contents> {
  const objects: { key: string; run: string | undefined }[] = [];
  for await (const { Contents = [] } of sdk.paginateListObjectsV2({ client }, { Bucket: bucket })) {
    for (const { Key: key } of Contents) {
      const { Metadata } = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key! }));
      objects.push({ key: key!, run: Metadata?.['tidemark-run'] });
    }
  }
  const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket }));
  return { objects, uploads: Uploads.map(({ Key: key }) => ({ key: key! })) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
