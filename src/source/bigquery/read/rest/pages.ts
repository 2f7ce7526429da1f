import { TidemarkError } from '../../../../core/errors.js';
import { type Asking, RestClient } from '../../connection/rest-client.js';
import type { TableName } from '../../connection/table-name.js';
import type { RestValue } from './column-of.js';

const googles = 'https://bigquery.googleapis.com';
/** Rows that are asked for at once; the service sends fewer where they are many bytes. */
const rowsOfPage = 10_000;

export interface PageRequest {
  readonly table: TableName;
  /** By its number in the table. */
  readonly firstRow: number;
  readonly rows: number;
  /** Names, in the order of the table; undefined: all. */
  readonly columns: readonly string[] | undefined;
}

export interface Page {
  readonly rows: readonly { readonly f: readonly { readonly v: RestValue }[] }[];
  readonly bytes: number;
}

/** How pages are asked for, by a lane. */
export interface AskingForPages extends Asking {
  /** `https://host`; undefined: Google's. */
  readonly endpoint: string | undefined;
}

/** Pages of a table's rows (REST reference, tabledata.list). */
export class Pages {
  private constructor(
    private readonly client: RestClient,
    private readonly endpoint: string,
  ) {}

  static async open({ endpoint = googles, ...asking }: AskingForPages): Promise<Pages> {
    return new Pages(await RestClient.open(asking), endpoint);
  }

  /** At least one row, and not more than are asked for. @throws what the service says; source.lost where it has no more */
  async page({ table, firstRow, rows, columns }: PageRequest): Promise<Page> {
    const { project, dataset, table: name } = table;
    const path = [project, 'datasets', dataset, 'tables', name].map(encodeURIComponent).join('/');
    const query = new URLSearchParams({
      startIndex: String(firstRow),
      maxResults: String(Math.min(rows, rowsOfPage)),
      'formatOptions.useInt64Timestamp': 'true',
      ...(columns !== undefined && { selectedFields: columns.join(',') }),
    });
    const { answer, bytes } = await this.client.json<Partial<Pick<Page, 'rows'>>>({
      url: `${this.endpoint}/bigquery/v2/projects/${path}/data?${query}`,
    });
    if (answer.rows !== undefined && answer.rows.length > 0) return { rows: answer.rows, bytes };
    throw new TidemarkError('source.lost', `row ${firstRow + 1} was to come, and there are no more`, {
      hint: 'Nothing is published; run again.',
    });
  }
}
