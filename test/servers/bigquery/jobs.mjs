// Query jobs: what they would cost, what they may, their result as a table.
import { randomUUID } from 'node:crypto';
import { fieldOf, quoteName, duckType, restField } from './types.mjs';
import { checkExportable, parseExport } from './export.mjs';
import { changesSql } from './history.mjs';
import { made } from './calls.mjs';
import { translate } from './sql.mjs';
import { Refusal } from './refusal.mjs';
import { note } from './faults.mjs';

const billedUnit = 10 * 1024 * 1024;
const oneDay = 86_400_000;
const erased = { JSON: 'STRING', GEOGRAPHY: 'STRING', BIGNUMERIC: 'STRING' };

/** Whether DuckDB's column may be a field of BigQuery's. */
function fits(field, plain) {
  if ((field.mode === 'REPEATED') !== (plain.mode === 'REPEATED')) return false;
  if (field.type === 'RANGE')
    return plain.type === 'RECORD' && plain.fields.map((one) => one.name).join() === 'start,end';
  if (field.type !== 'RECORD') return (erased[field.type] ?? field.type) === plain.type;
  return (
    plain.type === 'RECORD' &&
    plain.fields.length === field.fields.length &&
    field.fields.every((one, i) => fits(one, plain.fields[i]))
  );
}

export class Jobs {
  #jobs = new Map();

  constructor(store, identities, settings, exports) {
    Object.assign(this, { store, identities, settings, exports });
  }

  clear() {
    this.#jobs.clear();
  }

  find(project, id) {
    const job = this.#jobs.get(id);
    if (job === undefined || job.project !== project)
      throw new Refusal('notFound', `Not found: Job ${project}:${this.settings.location}.${id}`);
    return job;
  }

  resource(job) {
    const done = Date.now() >= job.doneAt;
    return { ...job.resource, status: { ...job.resource.status, state: done ? 'DONE' : 'RUNNING' } };
  }

  cancel(job) {
    job.doneAt = 0;
    const error = { reason: 'stopped', message: 'Job execution was cancelled: User requested cancellation' };
    job.resource.status = { errorResult: error, errors: [error] };
  }

  /** Translates a query; its tables may be read by the identity. */
  async #plan(project, identity, query, sql, dryRun) {
    const { store } = this;
    const resolve = async (parts, timeSql) => {
      if (parts.some((one) => one.toUpperCase() === 'INFORMATION_SCHEMA'))
        throw new Refusal('invalidQuery', 'INFORMATION_SCHEMA is not known here');
      const byDefault = query.defaultDataset;
      const whole =
        parts.length === 1 && byDefault
          ? [byDefault.projectId ?? project, byDefault.datasetId, ...parts]
          : parts.length === 2
            ? [project, ...parts]
            : parts;
      if (whole.length !== 3)
        throw new Refusal(
          'invalidQuery',
          `Table "${parts.join('.')}" must be qualified with a dataset (e.g. dataset.table).`,
        );
      const [at, dataset, name] = whole;
      const denied = `Access Denied: Table ${at}:${dataset}.${name}: User does not have permission to query table ${at}:${dataset}.${name}, or perhaps it does not exist.`;
      if (
        !this.identities.may(identity, 'bigquery.tables.getData', `projects/${at}/datasets/${dataset}/tables/${name}`)
      )
        throw new Refusal('accessDenied', denied);
      const table = store.find(at, dataset, name);
      return { table, version: store.versionAt(table, timeSql && (await timeOf(timeSql))) };
    };
    const timeOf = async (sql) => {
      const [[time]] = await store.values(`select epoch_us((${sql})::timestamptz)`).catch(asInvalid);
      return time;
    };
    const resolveChanges = async (parts, startSql, endSql) => {
      const found = await resolve(parts);
      const between = { start: await timeOf(startSql), end: await timeOf(endSql) };
      const sql = changesSql(found.table, { ...between, now: store.now(), settings: this.settings });
      return { ...found, sql };
    };
    return translate(sql, { parameters: query.queryParameters, resolve, resolveChanges, undeclared: dryRun });
  }

  async #bytes(plan) {
    let sum = 0;
    for (const { version } of plan.tables)
      for (const [name, size] of await this.store.sizes(version))
        if ((plan.star && !plan.except.has(name)) || plan.names.has(name)) sum += size;
    return sum;
  }

  #checkPartitions(plan) {
    for (const { table } of plan.tables) checkPartitionFilter(table, plan.filterNames);
  }

  async #fields(plan) {
    // Prepared, not run: within a subquery DuckDB would give the second of two equal names another.
    const result = await this.store.db.prepare(plan.sql);
    const count = result.columnCount;
    const known = plan.tables.flatMap(({ version }) => version.fields);
    const names = Array.from({ length: count }, (_, i) => result.columnName(i)).map((name, i) =>
      name.includes('(') || /^(?:'.*'|\d+)$/.test(name) ? `f${i}_` : name,
    );
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined)
      throw new Refusal(
        'invalidQuery',
        `Duplicate column names in the result are not supported. Found duplicate(s): ${twice}`,
      );
    return names.map((name, i) => {
      const plain = fieldOf(name, result.columnType(i));
      const lower = name.toLowerCase();
      const cast = plan.types.get(lower);
      if (cast === made) return { ...plain, name };
      const same = [
        ...(cast === undefined ? [] : [cast]),
        ...known.filter((one) => one.name.toLowerCase() === lower),
      ].find((one) => fits(one, plain));
      // A result's columns may be NULL whatever the table's were.
      return { ...(same ?? plain), name, mode: plain.mode };
    });
  }

  /** Does what the job is for. @returns {Promise<object>} what the job is told of it */
  async #run({ project, id, identity, query, exported }, fields, sql) {
    const rows = castSql(sql, fields);
    if (exported !== undefined)
      return { exportDataStatistics: await this.exports.run(identity, exported, fields, rows) };
    const { table, version } = await this.#destination(project, id, query, fields, rows);
    const destination = { projectId: table.project, datasetId: table.dataset, tableId: table.name };
    return { table, version, destination };
  }

  async #destination(project, id, query, fields, sql) {
    const given = query.destinationTable;
    if (given === undefined) {
      const name = `anon${id.replace(/\W/g, '')}`;
      return this.store.createAs({ project, dataset: '_anon', table: name, expires: Date.now() + oneDay }, sql, fields);
    }
    const { projectId = project, datasetId: dataset, tableId: name } = given;
    const known = this.store.tables.get(`${projectId}.${dataset}.${name}`);
    const disposition = query.writeDisposition ?? 'WRITE_EMPTY';
    if (disposition === 'WRITE_EMPTY' && known !== undefined && known.versions.at(-1).rows > 0)
      throw new Refusal('duplicate', `Already Exists: Table ${projectId}:${dataset}.${name}`);
    if (query.createDisposition === 'CREATE_NEVER') this.store.find(projectId, dataset, name);
    return this.store.createAs({ project: projectId, dataset, table: name }, sql, fields, {
      append: disposition === 'WRITE_APPEND',
    });
  }

  /** jobs.insert with a query. @returns {Promise<object>} the job */
  async insert(project, identity, { configuration, jobReference }) {
    const { query, dryRun = false, labels } = configuration;
    if (!this.identities.may(identity, 'bigquery.jobs.create', `projects/${project}`))
      throw new Refusal(
        'accessDenied',
        `Access Denied: Project ${project}: User does not have bigquery.jobs.create permission in project ${project}.`,
      );
    if (query === undefined) throw new Refusal('notImplemented', 'only query jobs are known here');
    if (query.useLegacySql === true) throw new Refusal('invalidQuery', 'legacy SQL is not known here');
    const id = jobReference?.jobId ?? `job_${randomUUID()}`;
    if (this.#jobs.has(id))
      throw new Refusal('duplicate', `Already Exists: Job ${project}:${this.settings.location}.${id}`);
    const exported = parseExport(query.query);
    const plan = await this.#plan(project, identity, query, exported?.select ?? query.query, dryRun);
    this.#checkPartitions(plan);
    const fields = await this.#fields(plan).catch(asInvalid);
    if (exported !== undefined) checkExportable(fields);
    const bytes = await this.#bytes(plan);
    const billed = Math.ceil(bytes / billedUnit) * billedUnit;
    note('jobs', {
      project,
      identity,
      id,
      dryRun,
      sql: query.query,
      parameters: query.queryParameters,
      labels,
      bytes,
      billed,
      maximumBytesBilled: query.maximumBytesBilled,
    });
    if (!dryRun && query.maximumBytesBilled !== undefined && billed > Number(query.maximumBytesBilled))
      throw new Refusal(
        'bytesBilledLimitExceeded',
        `Query exceeded limit for bytes billed: ${query.maximumBytesBilled}. ${billed} or higher required.`,
      );
    const job = { project, id, identity, query, exported, doneAt: Date.now() + (this.settings.jobMillis ?? 0) };
    if (exported === undefined) {
      const anonymous = { projectId: project, datasetId: '_anon', tableId: 'anon' };
      Object.assign(job, { fields, destination: query.destinationTable ?? anonymous });
    }
    let status = {};
    if (!dryRun)
      try {
        Object.assign(job, await this.#run(job, fields, plan.sql));
      } catch (error) {
        // The job was taken and ran: it is the job that failed, not the request.
        const { reason = 'invalidQuery', message } = error;
        status = { errorResult: { reason, message }, errors: [{ reason, message }] };
      }
    job.resource = this.#resource(job, { labels, dryRun, bytes, billed, plan });
    job.resource.status = status;
    if (!dryRun) this.#jobs.set(id, job);
    return job;
  }

  #resource(job, { labels, dryRun, bytes, billed, plan }) {
    const { project, id, identity, query, fields, doneAt, exported, exportDataStatistics } = job;
    const { location } = this.settings;
    const schema = fields && { fields: fields.map(restField) };
    const now = String(Date.now());
    const referencedTables = plan.tables.map(({ table }) => ({
      projectId: table.project,
      datasetId: table.dataset,
      tableId: table.name,
    }));
    return {
      kind: 'bigquery#job',
      id: `${project}:${location}.${id}`,
      user_email: identity,
      jobReference: { projectId: project, jobId: dryRun ? undefined : id, location },
      configuration: {
        jobType: 'QUERY',
        dryRun,
        labels,
        query: { ...query, destinationTable: job.destination, useLegacySql: false },
      },
      status: {},
      statistics: {
        ...{ creationTime: now, startTime: now, endTime: String(doneAt), totalBytesProcessed: String(bytes) },
        query: {
          ...{ totalBytesProcessed: String(bytes), totalBytesBilled: dryRun ? '0' : String(billed), cacheHit: false },
          ...{
            statementType: exported === undefined ? 'SELECT' : 'EXPORT_DATA',
            schema,
            exportDataStatistics,
            referencedTables,
            totalBytesProcessedAccuracy: dryRun ? 'PRECISE' : undefined,
          },
        },
      },
    };
  }
}

/** A query's rows with its fields' own types: a sum of INT64 is not a HUGEINT. */
function castSql(sql, fields) {
  const columns = fields.map((field, i) => `cast(c${i} as ${duckType(field)}) as ${quoteName(field.name)}`).join(', ');
  return `select ${columns} from (${sql}) as result(${fields.map((_, i) => `c${i}`).join(', ')})`;
}

/** What DuckDB could not do with a query is the query's fault. */
function asInvalid(error) {
  throw error instanceof Refusal ? error : new Refusal('invalidQuery', error.message);
}

export function checkPartitionFilter(table, names) {
  if (table.requirePartitionFilter !== true) return;
  const column = table.timePartitioning?.field ?? table.rangePartitioning?.field;
  const columns = column === undefined ? ['_PARTITION_LOAD_TIME', '_PARTITIONDATE', '_PARTITIONTIME'] : [column];
  if (columns.some((one) => names.has(one.toLowerCase()))) return;
  const listed = columns.map((one) => `'${one}'`).join(', ');
  throw new Refusal(
    'invalidQuery',
    `Cannot query over table '${table.project}.${table.dataset}.${table.name}' without a filter over column(s) ${listed} that can be used for partition elimination`,
  );
}
