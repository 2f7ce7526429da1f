import { TidemarkError } from '../../../core/errors.js';
import { withPatience } from '../../../core/retry.js';
import type { DeskClient } from '../../desk.js';
import { readPatience } from '../../service-patience.js';
import { passes } from '../connection/errors.js';
import { ask, HttpRefusal } from '../connection/http.js';
import type { ChunkList } from '../connection/result.js';
import { askApi, partitionPath } from '../connection/sql-api.js';
import type { ApiToken } from '../connection/tokens.js';
import type { Answer, Question, ResultName, Ticket } from './ticket.js';

/** Milliseconds: parts are there when they are asked for. */
const longestSilence = 60_000;

/** The bytes of a part: rows in JSON with commas between them. */
export interface PartBytes {
  readonly rows: Uint8Array;
  /** How many came from the service for them. */
  readonly size: number;
}

/** Where a lane gets the parts of stored results. The statement itself is never run again. */
export interface PartSource {
  /** @throws what the service says; what Node says of the network */
  part(result: ResultName, part: number, signal: AbortSignal): Promise<PartBytes>;
}

export type LaneDesk = DeskClient<Question, Answer>;

export function partSource(ticket: Ticket, desk: LaneDesk): PartSource {
  const others = ticket.api === undefined ? new Chunks(ticket, desk) : new Partitions(ticket, ticket.api, desk);
  return {
    async part(result, part, signal) {
      if (part > 0)
        return withPatience(() => others.part(result, part, signal), { ...readPatience, signal }, { passes: mayPass });
      const text = (await desk.ask({ kind: 'first rows', result: result.index })) as string;
      const rows = Buffer.from(text);
      return { rows, size: rows.length };
    },
  };
}

/** A token may expire on its way: with the next one it is tried once more. */
function mayPass(error: unknown): boolean {
  const { status } = error as { readonly status?: number };
  return passes(error) || status === 401 || status === 403;
}

/** Partitions of the SQL API. */
class Partitions implements PartSource {
  constructor(
    private readonly ticket: Ticket,
    private readonly endpoint: string,
    private readonly desk: LaneDesk,
  ) {}

  async part(result: ResultName, part: number, signal: AbortSignal): Promise<PartBytes> {
    const token = async (): Promise<ApiToken> => (await this.desk.ask({ kind: 'token' })) as ApiToken;
    const access = {
      endpoint: this.endpoint,
      silence: Math.min(this.ticket.stallLimit, longestSilence),
      token,
      signal,
    };
    const { body, size } = await askApi(partitionPath(result.id, part), access);
    return { rows: dataIn(body), size };
  }
}

const dataKey = Buffer.from('"data"');

/** What stands in `{"data":[…]}`: it is the first of what an answer holds, or the only one. @throws source.protocol */
function dataIn(body: Buffer): Uint8Array {
  const key = body.indexOf(dataKey);
  const open = key < 0 ? -1 : body.indexOf('[', key + dataKey.length);
  if (open >= 0 && /^\s*:\s*$/.test(body.toString('latin1', key + dataKey.length, open)))
    return body.subarray(open + 1);
  throw new TidemarkError('source.protocol', 'a partition of the SQL API has no data', {
    hint: 'Nothing is published. Run again; --via chunks reads by the driver’s protocol.',
  });
}

/** Chunks, at addresses that the session is told. */
class Chunks implements PartSource {
  private readonly lists = new Map<number, ChunkList>();

  constructor(
    private readonly ticket: Ticket,
    private readonly desk: LaneDesk,
  ) {}

  async part(result: ResultName, part: number, signal: AbortSignal): Promise<PartBytes> {
    const list = this.lists.get(result.index) ?? (await this.told(result.index, 0));
    try {
      const { urls, headers } = list;
      const { body, size } = await ask(
        { url: urls[part - 1]!, headers, silence: Math.min(this.ticket.stallLimit, longestSilence) },
        signal,
      );
      return { rows: body, size };
    } catch (thrown) {
      // The address has expired: nothing of the part was read.
      const hasExpired = thrown instanceof HttpRefusal && (thrown.status === 403 || thrown.status === 400);
      if (hasExpired) await this.told(result.index, list.generation);
      throw thrown;
    }
  }

  private async told(result: number, after: number): Promise<ChunkList> {
    const list = (await this.desk.ask({ kind: 'chunks', result, after })) as ChunkList;
    this.lists.set(result, list);
    return list;
  }
}
