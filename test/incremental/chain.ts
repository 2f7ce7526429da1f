import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Library from '../../src/index.js';
import { queryDuckdb } from '../readers/index.js';
import { emptyFolder } from '../support/cli.js';

/** The built library: lanes are threads, which run what was built. */
const { compact, plan, snapshot, verify } = (await import(
  new URL('../../dist/index.js', import.meta.url).href
)) as typeof Library;

/** A chain of versions of one dataset in a folder of its own, made one after the other. */
export class Chain {
  readonly out = emptyFolder('chain');
  readonly made: Library.SnapshotResult[] = [];
  private runs = 0;

  /** @param options of every run */
  constructor(
    private readonly url: string,
    private readonly options: Partial<Library.SnapshotOptions>,
    readonly dataset = 'events',
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  get folder(): string {
    return join(this.out, this.dataset);
  }

  /** Runs once more. @returns what it made, `unchanged` included */
  async next(
    options: Partial<Library.SnapshotOptions> = {},
    env = this.env,
    listener?: Library.RunListener,
  ): Promise<Library.SnapshotResult> {
    this.runs += 1;
    const result = await snapshot(this.optionsOf(this.runs, options), { env, ...(listener && { listener }) });
    if (result.status === 'created') this.made.push(result);
    return result;
  }

  /** A full snapshot of the same, in a folder of its own. */
  async whole(): Promise<Library.SnapshotResult> {
    const alone = {
      full: true,
      parent: undefined,
      firstRun: undefined,
      compactAfter: undefined,
      reuseFiles: undefined,
    };
    const full = await this.next({ ...alone, out: emptyFolder('full') } as Partial<Library.SnapshotOptions>);
    this.made.pop();
    return full;
  }

  /** What it would do next. */
  plan(options: Partial<Library.SnapshotOptions> = {}): Promise<Library.Preview> {
    return plan(this.optionsOf(this.runs + 1, options), { env: this.env });
  }

  private optionsOf(run: number, options: Partial<Library.SnapshotOptions>): Library.SnapshotOptions {
    return {
      source: this.url,
      dataset: `dataset://${this.dataset}/n${String(run).padStart(4, '0')}`,
      out: this.out,
      parent: this.folder,
      firstRun: true,
      ...this.options,
      ...options,
    };
  }

  /** The error of a run that is refused. */
  async refused(options: Partial<Library.SnapshotOptions> = {}, env = this.env): Promise<Library.TidemarkError> {
    const result = await this.next(options, env).catch((error: unknown) => error as Library.TidemarkError);
    if (result instanceof Error) return result;
    throw new Error(`not refused: ${result.version}, ${result.rows} rows`);
  }

  /** Merges it into one version. */
  compact(options: Library.CompactOptions = {}, location = this.folder): Promise<Library.SnapshotResult> {
    return compact(location, { out: this.out, ...options }, { env: this.env });
  }

  verify(location = this.folder): Promise<Library.Verification> {
    return verify(location);
  }

  manifest(made: Pick<Library.SnapshotResult, 'version' | 'location'> = this.made.at(-1)!): Library.Manifest {
    const name = made.version.split('/').at(-1)!;
    return JSON.parse(readFileSync(join(made.location, `_manifest.${name}.json`), 'utf8')) as Library.Manifest;
  }

  /** Values of a column in all shards of the chain, in their order, each as often as it comes. */
  async values(
    column: string,
    made: readonly Pick<Library.SnapshotResult, 'location' | 'shards'>[] = this.made,
  ): Promise<string[]> {
    const files = made.flatMap(({ location, shards }) => shards.map(({ path }) => `'${join(location, path)}'`));
    if (files.length === 0) return [];
    const [read] = await queryDuckdb(
      `SELECT ${column}::VARCHAR AS v FROM read_parquet([${files.join(',')}], union_by_name = true) ORDER BY 1`,
    );
    return read!.values.map(String);
  }

  /** Values of a column in all shards of versions of parts. */
  async valuesOfParts(column: string): Promise<string[]> {
    const versions = this.made.flatMap((made) => made.versions);
    return this.values(column, versions);
  }

  /** By value of a column, the parts of the split in whose CSV files it is, over the whole chain. */
  async partsOf(column: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const parts = new Map<string, Set<string>>();
    for (const { location, shards } of this.made) {
      for (const { path } of shards) {
        const [read] = await queryDuckdb(
          `SELECT DISTINCT ${column}::VARCHAR AS v FROM read_csv('${join(location, path)}', hive_partitioning = false)`,
        );
        for (const value of read!.values) {
          const key = String(value);
          parts.set(key, (parts.get(key) ?? new Set()).add(path.split('/')[0]!));
        }
      }
    }
    return parts;
  }
}
