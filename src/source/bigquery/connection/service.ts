import { randomUUID } from 'node:crypto';
import type { BigQuery, Job, Query } from '@google-cloud/bigquery';
import { systemClock } from '../../../core/clock.js';
import type { TidemarkError } from '../../../core/errors.js';
import { valueOf } from '../../../core/parameters.js';
import { withPatience } from '../../../core/retry.js';
import { servicePatience } from '../../service-patience.js';
import type { Parameter } from '../../../core/source-request.js';
import { textOf, type TableName } from './table-name.js';
import type { ReadSession, SessionRequest } from '../wire/messages.js';
import {
  type DryRun,
  dryRunOf,
  type JobFacts,
  jobFactsOf,
  type QueryResult,
  queryResultOf,
  type RawJob,
  type RawTable,
  resultTableOf,
  type TableFacts,
  tableFactsOf,
} from './answers.js';
import type { ErrorContext } from '../../error-context.js';
import { bigqueryFailure, isNotReached, passes } from './errors.js';
import { type Identity, openIdentity } from './identity.js';
import { peer } from './peers.js';
import type { BigquerySettings } from './settings.js';
import { StorageChannel } from './storage-channel.js';

/** Milliseconds for which it is tried to reach what has never answered: it is seldom there later. */
const firstReach = 10_000;
/** Pauses between two looks at a query that runs. */
const looks = { first: 100, longest: 2_000 };
/** Milliseconds for which the end of a statement is awaited that writes files, and was cancelled. */
const lastLooks = 10_000;

/** A parameter of a type of GoogleSQL; absent: a STRING. */
export interface TypedParameter extends Omit<Parameter, 'windowEnd'> {
  readonly type?: string;
}

/** A query to run, or to try. */
export interface QueryRequest {
  readonly sql: string;
  readonly parameters: readonly TypedParameter[];
  readonly mostBytes: number | undefined;
}

/** BigQuery as one identity, in one project that pays. Methods throw source.*, request.invalid. */
export class BigqueryService {
  /** What has answered. */
  readonly #seen = new Set<'rest' | 'storage'>();
  readonly #tables = new Map<string, Promise<TableFacts>>();

  private constructor(
    private readonly by: { readonly client: BigQuery; readonly storage: StorageChannel },
    readonly identity: Identity & { readonly text: string },
    readonly billingProject: string,
    private readonly around: {
      readonly settings: BigquerySettings;
      readonly signal: AbortSignal;
      readonly told: Pick<ErrorContext, 'secrets' | 'hideValues'>;
    },
  ) {}

  static async open(
    settings: BigquerySettings,
    signal: AbortSignal,
    told: Pick<ErrorContext, 'secrets' | 'hideValues'>,
  ): Promise<BigqueryService> {
    const identity = await openIdentity(settings);
    const { BigQuery } = await peer(() => import('@google-cloud/bigquery'));
    const failing = { doing: 'find out who asks', identity: undefined, ...told };
    try {
      const text = await identity.describe();
      const projectId = settings.billingProject ?? settings.project ?? (await identity.auth.getProjectId());
      const { api } = settings.endpoints;
      const client = new BigQuery({
        projectId,
        // The library knows an identity that is made already, and its type does not.
        authClient: identity.auth as never,
        ...(api !== undefined && { apiEndpoint: api }),
        ...(settings.location !== undefined && { location: settings.location }),
      });
      const storage = await StorageChannel.open(settings.endpoints.storage);
      return new BigqueryService({ client, storage }, { ...identity, text }, projectId, { settings, signal, told });
    } catch (thrown) {
      throw bigqueryFailure(thrown, failing);
    }
  }

  close(): void {
    this.by.storage.close();
  }

  /** @throws source.auth */
  authorization(): Promise<string> {
    return this.#ask('get a token', () => this.identity.authorization());
  }

  /** Looked at once: a run decides by what it saw first. */
  table(name: TableName): Promise<TableFacts> {
    const key = textOf(name);
    const known = this.#tables.get(key) ?? this.#lookAt(name);
    this.#tables.set(key, known);
    known.catch(() => this.#tables.delete(key));
    return known;
  }

  #lookAt(name: TableName): Promise<TableFacts> {
    const { project, dataset, table } = name;
    return this.#ask(`look at ${textOf(name)}`, async () => {
      const found = this.by.client.dataset(dataset, { projectId: project }).table(table);
      const [metadata] = (await found.getMetadata()) as unknown as [RawTable];
      return tableFactsOf(metadata);
    });
  }

  dryRun(request: QueryRequest): Promise<DryRun> {
    return this.#ask('try the query', async () => {
      const [job] = await this.by.client.createQueryJob({ ...this.#query(request), dryRun: true });
      return dryRunOf(job.metadata as RawJob);
    });
  }

  /** Runs a query, once: its result is a table, which is read as often as it takes. */
  async run(request: QueryRequest): Promise<QueryResult> {
    const { id, raw } = await this.#job(request, { doing: 'run the query', wait: 0 });
    const table = resultTableOf(raw);
    return queryResultOf(id, raw, { table, facts: await this.table(table) });
  }

  /** Runs a statement that writes files, once. Nothing is written any more when that fails. @param doing what it is for */
  async export(request: QueryRequest, doing: string): Promise<JobFacts> {
    const { id, raw } = await this.#job(request, { doing, wait: lastLooks });
    return jobFactsOf(id, raw);
  }

  /** The first row of a small result, as texts; undefined: there is none. @param doing what it is for */
  async row(request: QueryRequest, doing: string): Promise<readonly (string | null)[] | undefined> {
    return this.#ask(doing, async () => {
      const [rows] = await this.by.client.query({ ...this.#query(request), wrapIntegers: true });
      const [first] = rows as Record<string, string | null | { readonly value: string }>[];
      return first && Object.values(first).map((one) => (one !== null && typeof one === 'object' ? one.value : one));
    });
  }

  /** The one number that a query gives. */
  async count(request: QueryRequest): Promise<number> {
    const found = await this.row(request, 'count rows');
    return Number(found?.[0]);
  }

  createSession(request: Omit<SessionRequest, 'billingProject'>): Promise<ReadSession> {
    return this.#ask(
      `begin to read ${textOf(request.table)}`,
      async () =>
        this.by.storage.createSession(
          { ...request, billingProject: this.billingProject },
          await this.identity.authorization(),
        ),
      'storage',
    );
  }

  /** @param how `wait`: milliseconds for which the end of what was cancelled is awaited */
  async #job(
    request: QueryRequest,
    how: { readonly doing: string; readonly wait: number },
  ): Promise<{ readonly id: string; readonly raw: RawJob }> {
    const { doing } = how;
    const id = `tidemark_${randomUUID()}`;
    const job = await this.#ask(doing, () => this.#begin(id, request));
    const raw = await this.#ended(job, how);
    const { errorResult } = raw.status ?? {};
    if (errorResult === undefined) return { id, raw };
    throw this.#failure(Object.assign(new Error(errorResult.message), { errors: [errorResult] }), doing);
  }

  async #begin(jobId: string, request: QueryRequest): Promise<Job> {
    try {
      const [job] = await this.by.client.createQueryJob({ ...this.#query(request), jobId });
      return job;
    } catch (thrown) {
      // The answer to an earlier attempt was lost: the job is there.
      if ((thrown as { readonly code?: unknown }).code !== 409) throw thrown;
      return this.by.client.job(jobId, { ...(this.#location && { location: this.#location }) });
    }
  }

  async #ended(job: Job, { doing, wait }: { readonly doing: string; readonly wait: number }): Promise<RawJob> {
    try {
      for (let pause = looks.first; ; pause = Math.min(pause * 1.5, looks.longest)) {
        const raw = await this.#ask(doing, async () => (await job.getMetadata())[0] as RawJob);
        if (raw.status?.state === 'DONE') return raw;
        await systemClock.sleep(pause, this.around.signal);
      }
    } catch (thrown) {
      await this.#cancelled(job, wait);
      throw thrown;
    }
  }

  /** What nobody waits for is not to be billed, and is to write nothing any more. Says nothing of what fails. */
  async #cancelled(job: Job, wait: number): Promise<void> {
    try {
      await job.cancel();
      const end = systemClock.now() + wait;
      for (let pause = looks.first; systemClock.now() < end; pause = Math.min(pause * 1.5, looks.longest)) {
        const raw = (await job.getMetadata())[0] as RawJob;
        if (raw.status?.state === 'DONE') return;
        await systemClock.sleep(pause);
      }
    } catch {
      // The service cannot be reached: the job ends by itself.
    }
  }

  get #location(): string | undefined {
    return this.around.settings.location;
  }

  #query({ sql, parameters, mostBytes }: QueryRequest): Query {
    const { labels } = this.around.settings;
    return {
      query: sql,
      useLegacySql: false,
      // A result of an earlier moment is no result of this one.
      useQueryCache: false,
      ...(parameters.length > 0 && {
        params: Object.fromEntries(parameters.map((one) => [one.name, parameterValue(one)])),
        types: Object.fromEntries(parameters.map(({ name, type = 'STRING' }) => [name, type])),
      }),
      ...(mostBytes !== undefined && { maximumBytesBilled: String(mostBytes) }),
      ...(Object.keys(labels).length > 0 && { labels }),
    };
  }

  async #ask<T>(doing: string, action: () => Promise<T>, by: 'rest' | 'storage' = 'rest'): Promise<T> {
    const { signal } = this.around;
    try {
      const end = systemClock.now() + firstReach;
      const answer = await withPatience(
        action,
        { ...servicePatience, signal },
        {
          passes: (error) => passes(error) && (this.#seen.has(by) || !isNotReached(error) || systemClock.now() < end),
        },
      );
      this.#seen.add(by);
      return answer;
    } catch (thrown) {
      signal.throwIfAborted();
      throw this.#failure(thrown, doing);
    }
  }

  #failure(thrown: unknown, doing: string): TidemarkError {
    return bigqueryFailure(thrown, { doing, identity: this.identity.text, ...this.around.told });
  }
}

/** The client takes times as objects. */
function parameterValue(parameter: TypedParameter): unknown {
  const value = valueOf(parameter);
  return /TIME|DATE/.test(parameter.type ?? '') ? { value } : value;
}
