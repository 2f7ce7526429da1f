import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

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

export interface StoreContents {
  readonly objects: readonly {
    readonly bucket: string;
    readonly key: string;
    readonly size: number;
    readonly headers: Readonly<Record<string, string>>;
  }[];
  readonly uploads: readonly { readonly id: string; readonly bucket: string; readonly key: string }[];
  readonly requests: readonly string[];
  /** Faults that did not come to be played. */
  readonly left: number;
}

/** A store in a process of its own, which looks at signatures, digests, conditions and parts. */
export interface StrictS3 {
  readonly endpoint: string;
  /** Variables by which it is reached. */
  readonly env: Readonly<Record<string, string>>;
  /** `s3://bucket/prefix?endpoint=…` */
  at(path: string): string;
  play(...faults: readonly Fault[]): Promise<void>;
  contents(): Promise<StoreContents>;
  /** Forgets all objects, uploads and requests. */
  empty(): Promise<void>;
  stop(): void;
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
  const admin = async (method: string, body?: unknown): Promise<string> => {
    const response = await fetch(`${endpoint}/-/`, {
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
    contents: async () => JSON.parse(await admin('GET')) as StoreContents,
    empty: async () => void (await admin('DELETE')),
    stop: () => void child.kill(),
  };
}
