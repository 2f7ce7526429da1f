import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Contents, StoreForTests } from './store.js';

/** A fault that the store is to play: see faults.mjs. */
export interface Fault {
  readonly method?: string;
  /** Of path and query. */
  readonly path?: string;
  readonly skip?: number;
  readonly times?: number;
  readonly status?: number;
  readonly code?: string;
  readonly wait?: number;
  readonly cut?: 'before' | 'after';
  readonly damage?: boolean;
  readonly location?: string;
  readonly ignoresConditions?: boolean;
}

export interface StrictContents extends Contents {
  readonly objects: readonly {
    readonly bucket: string;
    readonly key: string;
    readonly size: number;
    /** Where it is asked for. */
    readonly sha256?: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly run: string | undefined;
  }[];
  readonly requests: readonly string[];
  /** Faults that did not come to be played. */
  readonly left: number;
}

/** A store that looks at signatures, digests, conditions and parts. */
export interface StrictS3 extends StoreForTests {
  readonly endpoint: string;
  play(...faults: readonly Fault[]): Promise<void>;
  /** All that is there is what `restore` brings back. Uploads that are open are forgotten by both. */
  keep(): Promise<void>;
  restore(): Promise<void>;
  contents(asked?: { readonly digests: boolean }): Promise<StrictContents>;
}

export const goodKey = { AWS_ACCESS_KEY_ID: 'AKIDGOOD', AWS_SECRET_ACCESS_KEY: 'secret-of-good' };

export async function startStrictS3(
  settings: { readonly pageSize?: number; readonly swallow?: boolean } = {},
  buckets: readonly string[] = ['bucket'],
): Promise<StrictS3> {
  const program = new URL('./strict-s3.mjs', import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout!, 'data')) as [Buffer];
  const endpoint = `http://127.0.0.1:${String(port).trim()}`;
  const env = { ...goodKey, AWS_REGION: 'eu-north-1', AWS_EC2_METADATA_DISABLED: 'true' };
  Object.assign(process.env, env);
  const { S3Client, CreateBucketCommand } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ endpoint, forcePathStyle: true });
  for (const Bucket of buckets) await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
  const admin = async (method: string, body?: unknown, digests = false): Promise<string> => {
    const response = await fetch(`${endpoint}/-/${digests ? '?digests' : ''}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return response.text();
  };
  return {
    endpoint,
    env,
    at: (path) => `s3://${path}?endpoint=${endpoint}&path-style=true`,
    play: async (...faults) => void (await admin('POST', faults)),
    contents: async ({ digests } = { digests: false }) => {
      const { objects, ...others } = JSON.parse(await admin('GET', undefined, digests)) as StrictContents;
      return {
        ...others,
        objects: objects.map((one) => ({ ...one, run: one.headers['x-amz-meta-tidemark-run'] })),
      };
    },
    keep: async () => void (await admin('PATCH', 'keep')),
    restore: async () => void (await admin('PATCH', 'restore')),
    empty: async () => void (await admin('DELETE')),
    stop: () => void child.kill(),
  };
}
