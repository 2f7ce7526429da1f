import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pythonEnvironment } from '../../platform/python.js';

/** The store of moto, which others test their programs with; or why it is not here. */
export type MaybeMoto =
  { readonly at: (path: string) => string; readonly stop: () => void } | { readonly missing: string };

/** A store that takes any credentials, and looks at no digest, but keeps conditions. */
export async function startMoto(bucket: string): Promise<MaybeMoto> {
  const { bin, reason } = await pythonEnvironment('moto', ['moto[server]==5.2.5']);
  if (bin === undefined) return { missing: reason };
  const port = await freePort();
  const child: ChildProcess = spawn(join(bin, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let attempts = 0; ; attempts += 1) {
    const isUp = await fetch(`${endpoint}/${bucket}`, { method: 'PUT' }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) break;
    if (attempts === 300) return { missing: 'moto_server does not answer' };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    at: (path) => `s3://${path}?endpoint=${endpoint}&path-style=true&region=us-east-1`,
    stop: () => void child.kill(),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
