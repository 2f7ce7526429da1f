// BigQuery's REST API, version 2: https://cloud.google.com/bigquery/docs/reference/rest
import { quoteName, restField, restValue } from './types.mjs';
import { Refusal } from './refusal.mjs';

const pageSize = 10_000;

/** `formatOptions` stand in a query string as `formatOptions.useInt64Timestamp`, in a body as an object. */
function timestampForm(given) {
  const form = given['formatOptions.timestampOutputFormat'] ?? given.formatOptions?.timestampOutputFormat;
  if (form !== undefined && form !== 'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED') return form;
  return String(given['formatOptions.useInt64Timestamp'] ?? given.formatOptions?.useInt64Timestamp) === 'true'
    ? 'INT64'
    : 'FLOAT64';
}

/** `selectedFields`: whole columns alone, in the order of the table. */
function selected(fields, names) {
  if (names === undefined || names === '') return fields;
  const wanted = names.split(',');
  const unknown = wanted.find((name) => fields.every((field) => field.name !== name));
  if (unknown !== undefined)
    throw new Refusal('invalid', `Selected field ${unknown} does not exist in the schema (paths are not known here).`);
  return fields.filter(({ name }) => wanted.includes(name));
}

export class Rest {
  constructor(store, jobs, identities, settings) {
    Object.assign(this, { store, jobs, identities, settings });
    this.routes = [
      ['POST', /^jobs$/, this.insertJob],
      ['GET', /^jobs\/([^/]+)$/, this.getJob],
      ['POST', /^jobs\/([^/]+)\/cancel$/, this.cancelJob],
      ['POST', /^queries$/, this.query],
      ['GET', /^queries\/([^/]+)$/, this.getQueryResults],
      ['GET', /^datasets\/([^/]+)$/, this.getDataset],
      ['GET', /^datasets$/, this.listDatasets],
      ['GET', /^datasets\/([^/]+)\/tables$/, this.listTables],
      ['GET', /^datasets\/([^/]+)\/tables\/([^/]+)$/, this.getTable],
      ['GET', /^datasets\/([^/]+)\/tables\/([^/]+)\/data$/, this.listData],
    ];
  }

  /** @returns {Promise<object>} the body of the answer */
  async answer(method, path, { query, body, identity }) {
    const [, project, rest] = /^\/bigquery\/v2\/projects\/([^/]+)\/(.*)$/.exec(path) ?? [];
    for (const [verb, pattern, handler] of this.routes) {
      const found = verb === method ? pattern.exec(rest ?? '') : null;
      if (found !== null)
        return handler.call(this, { project, query, body, identity }, ...found.slice(1).map(decodeURIComponent));
    }
    throw new Refusal('notFound', `Not found: ${method} ${path}`);
  }

  async insertJob({ project, body, identity }) {
    return this.jobs.resource(await this.jobs.insert(project, identity, body));
  }

  getJob({ project, identity }, id) {
    this.#allowed(identity, 'bigquery.jobs.get', `projects/${project}`, `Job ${project}:${id}`);
    return this.jobs.resource(this.jobs.find(project, id));
  }

  cancelJob({ project }, id) {
    const job = this.jobs.find(project, id);
    this.jobs.cancel(job);
    return { kind: 'bigquery#jobCancelResponse', job: this.jobs.resource(job) };
  }

  async query({ project, body, identity }) {
    const { query, dryRun, labels, maxResults, formatOptions, ...settings } = body;
    const configuration = { dryRun, labels, query: { ...settings, query } };
    const job = await this.jobs.insert(project, identity, { configuration, jobReference: undefined });
    if (dryRun) {
      const { jobReference, statistics } = job.resource;
      return {
        kind: 'bigquery#queryResponse',
        jobComplete: true,
        jobReference,
        schema: statistics.query.schema,
        totalBytesProcessed: statistics.totalBytesProcessed,
      };
    }
    return { ...(await this.#results(job, { maxResults, formatOptions })), kind: 'bigquery#queryResponse' };
  }

  getQueryResults({ project, query }, id) {
    return this.#results(this.jobs.find(project, id), query);
  }

  async #results(job, given) {
    const { jobReference, statistics, status } = this.jobs.resource(job);
    const common = { kind: 'bigquery#getQueryResultsResponse', jobReference };
    if (status.state !== 'DONE') return { ...common, jobComplete: false };
    if (status.errorResult !== undefined) throw new Refusal(status.errorResult.reason, status.errorResult.message);
    const { totalBytesProcessed } = statistics;
    // An export has no rows to read.
    if (job.fields === undefined) return { ...common, jobComplete: true, totalBytesProcessed, totalRows: '0' };
    const schema = { fields: job.fields.map(restField) };
    return {
      ...common,
      jobComplete: true,
      cacheHit: false,
      totalBytesProcessed,
      schema,
      ...(await this.#page(job.version, given)),
    };
  }

  async #page(version, given) {
    const start = Number(given.pageToken ?? given.startIndex ?? 0);
    const size = Math.min(Number(given.maxResults ?? pageSize), this.settings.pageSize ?? pageSize);
    const form = timestampForm(given);
    const fields = selected(version.fields, given.selectedFields);
    const data = await this.store.values(
      `select ${fields.map(({ name }) => quoteName(name)).join()} from ${version.physical} where rowid >= ${start} order by rowid limit ${size}`,
    );
    const rows = data.map((row) => ({ f: row.map((value, i) => ({ v: restValue(fields[i], value, form) })) }));
    const next = start + rows.length;
    return {
      totalRows: String(version.rows),
      ...(rows.length > 0 && { rows }),
      ...(next < version.rows && rows.length > 0 && { pageToken: String(next) }),
    };
  }

  #allowed(identity, permission, resource, what) {
    if (!this.identities.may(identity, permission, resource))
      throw new Refusal(
        'accessDenied',
        `Access Denied: ${what}: Permission ${permission} denied on ${what.replace(/^\w/, (c) => c.toLowerCase())} (or it may not exist).`,
      );
  }

  #datasetsOf(project) {
    const names = [...this.store.tables.values()].filter((one) => one.project === project).map((one) => one.dataset);
    return [...new Set([...names, ...(this.settings.datasets ?? [])])].filter((name) => name !== '_anon');
  }

  #dataset(project, dataset) {
    const { location } = this.settings;
    return {
      kind: 'bigquery#dataset',
      id: `${project}:${dataset}`,
      datasetReference: { projectId: project, datasetId: dataset },
      location,
    };
  }

  listDatasets({ project }) {
    return {
      kind: 'bigquery#datasetList',
      datasets: this.#datasetsOf(project).map((one) => this.#dataset(project, one)),
    };
  }

  getDataset({ project, identity }, dataset) {
    this.#allowed(
      identity,
      'bigquery.datasets.get',
      `projects/${project}/datasets/${dataset}`,
      `Dataset ${project}:${dataset}`,
    );
    if (!this.#datasetsOf(project).includes(dataset))
      throw new Refusal('notFound', `Not found: Dataset ${project}:${dataset}`);
    return this.#dataset(project, dataset);
  }

  #described(table) {
    const {
      project,
      dataset,
      name,
      type,
      created,
      timePartitioning,
      rangePartitioning,
      clustering,
      requirePartitionFilter,
      expires,
    } = table;
    return {
      id: `${project}:${dataset}.${name}`,
      tableReference: { projectId: project, datasetId: dataset, tableId: name },
      ...{
        type,
        creationTime: String(created),
        timePartitioning,
        rangePartitioning,
        clustering,
        requirePartitionFilter,
      },
      ...(expires !== undefined && { expirationTime: String(expires) }),
      ...{ labels: table.labels, description: table.description },
    };
  }

  listTables({ project, query }, dataset) {
    if (!this.#datasetsOf(project).includes(dataset))
      throw new Refusal('notFound', `Not found: Dataset ${project}:${dataset}`);
    const all = [...this.store.tables.values()].filter((one) => one.project === project && one.dataset === dataset);
    const start = Number(query.pageToken ?? 0);
    const end = start + Number(query.maxResults ?? 50);
    return {
      kind: 'bigquery#tableList',
      totalItems: all.length,
      tables: all.slice(start, end).map((one) => ({ kind: 'bigquery#table', ...this.#described(one) })),
      ...(end < all.length && { nextPageToken: String(end) }),
    };
  }

  async getTable({ project, identity }, dataset, name) {
    this.#allowed(
      identity,
      'bigquery.tables.get',
      `projects/${project}/datasets/${dataset}/tables/${name}`,
      `Table ${project}:${dataset}.${name}`,
    );
    const table = this.store.find(project, dataset, name);
    const version = this.store.versionAt(table);
    return {
      kind: 'bigquery#table',
      ...this.#described(table),
      location: this.settings.location,
      schema: { fields: version.fields.map(restField) },
      numRows: String(version.rows),
      numBytes: String(await this.store.bytes(version)),
      lastModifiedTime: String(version.time / 1000n),
    };
  }

  async listData({ project, query, identity }, dataset, name) {
    this.#allowed(
      identity,
      'bigquery.tables.getData',
      `projects/${project}/datasets/${dataset}/tables/${name}`,
      `Table ${project}:${dataset}.${name}`,
    );
    const version = this.store.versionAt(this.store.find(project, dataset, name));
    return { kind: 'bigquery#tableDataList', ...(await this.#page(version, query)) };
  }
}
