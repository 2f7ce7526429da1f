import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

const program = fileURLToPath(new URL('../../../test/servers/s3/strict-s3.mjs', import.meta.url));

/** The store of the tests, which keeps no bytes. */
export const startSwallowing = () => startStore({ swallow: true });

/** The store of the tests. */
export async function startStore(settings = {}) {
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  const endpoint = `http://127.0.0.1:${String(port).trim()}`;
  const env = { AWS_ACCESS_KEY_ID: 'AKIDGOOD', AWS_SECRET_ACCESS_KEY: 'secret-of-good', AWS_REGION: 'eu-north-1' };
  Object.assign(process.env, env);
  await new S3Client({ endpoint, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'bucket' }));
  const empty = () => fetch(`${endpoint}/-/`, { method: 'DELETE' });
  const location = `s3://bucket/bench?endpoint=${endpoint}&path-style=true`;
  return { endpoint, location, env, empty, stop: () => void child.kill() };
}
