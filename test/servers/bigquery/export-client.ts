import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BigQuery, Query } from '@google-cloud/bigquery';
import { startBigQuery, type BigQueryStandIn } from './bigquery.js';
import { signedIn } from './signed-in.js';

export interface ExportStatistics {
  readonly totalBytesProcessed: string;
  readonly query: {
    readonly statementType: string;
    readonly totalBytesBilled: string;
    readonly schema?: object;
    readonly exportDataStatistics?: { readonly fileCount: string; readonly rowCount: string };
  };
}

export interface ExportClient {
  readonly standIn: BigQueryStandIn;
  readonly client: BigQuery;
  /** Waits for the end of a job. */
  run(query: string | Query): Promise<ExportStatistics>;
  /** How a job ended, or why there was none. */
  failure(query: string): Promise<{ readonly reason: string; readonly message: string }>;
  /** Takes all objects to files, and gives DuckDB's list of these. */
  download(): Promise<string>;
  stop(): void;
}

/** A stand-in with Google's own client of BigQuery, and a plain one of Cloud Storage. */
export async function startExports(): Promise<ExportClient> {
  const standIn = await startBigQuery();
  const before = Object.keys(standIn.env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, standIn.env);
  // Read when the library is loaded: the trusted roots.
  const { BigQuery: Client } = await import('@google-cloud/bigquery');
  const client = new Client({ apiEndpoint: standIn.rest, projectId: 'billing-project', location: 'EU' });
  const ask = await signedIn(standIn);
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-export-test-'));
  const run = async (query: string | Query): Promise<ExportStatistics> => {
    const [job] = await client.createQueryJob(typeof query === 'string' ? { query } : query);
    await job.promise();
    const [{ metadata }] = await job.get();
    return metadata.statistics as ExportStatistics;
  };
  return {
    standIn,
    client,
    run,
    failure: (query) =>
      run(query).then(
        () => ({ reason: 'done', message: '' }),
        (error: Error & { errors?: { reason: string }[] }) => ({
          reason: error.errors?.[0]?.reason ?? '',
          message: error.message,
        }),
      ),
    download: async () => {
      const paths: string[] = [];
      for (const { bucket, name } of await standIn.objects()) {
        const response = await ask(`/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}?alt=media`);
        const path = join(folder, name.replaceAll('/', '-'));
        writeFileSync(path, Buffer.from(await response.arrayBuffer()));
        paths.push(`'${path}'`);
      }
      return `[${paths.join(', ')}]`;
    },
    stop: () => {
      standIn.stop();
      rmSync(folder, { recursive: true });
      for (const [name, value] of before)
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
    },
  };
}
