import { TidemarkError } from '../../../core/errors.js';
import type { RowGroupBounds } from '../../../core/row-group-bounds.js';
import type { FrameSink } from '../../../core/source.js';
import { frameHeader, longFrameHeader } from '../decode/frame.js';
import { isLong, payloadLength, PendingRow } from './pending-row.js';

/** Whole rows of so many bytes are handed over at once: they are still in the cache. */
const handOverBytes = 192 * 1024;

const rowMark = 0x00;
const endMark = 0xfe;
const errorMark = 0xff;
/** The packet that ends a result is shorter than any row that begins with its mark. */
const longestEnd = 9;
/** What the client reads of an end and of an error without asking whether it is there: warnings and status; a number. */
const shortestEnd = 5;
const shortestError = 3;

/** Whole rows of the row group at hand that are not handed over yet. */
interface Walk {
  readonly bytes: Uint8Array;
  start: number;
  walked: number;
  count: number;
}

/**
 * Takes the bytes of the rows of one result, and hands whole rows on, from where they lie. What is left at the end of the bytes waits
 * for the rest of it elsewhere.
 */
export class RowReceiver {
  /** The packet that ended the result, with its header: its end, or an error. */
  last: Uint8Array | undefined;
  /** What the sink threw: from then on rows are looked at for the end of the result alone. */
  failure: { readonly error: unknown } | undefined;
  private readonly pending = new PendingRow();

  constructor(
    private readonly bounds: RowGroupBounds,
    private readonly sink: FrameSink,
  ) {}

  /** Takes what came. It may be written over afterwards. @throws source.protocol */
  async received(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && this.last === undefined;) {
      if (this.pending.isEmpty) at = await this.walk(bytes, at);
      if (at < bytes.length && this.last === undefined) at = await this.complete(bytes, at);
    }
  }

  /** Goes on with the row that waits. */
  private async complete(bytes: Uint8Array, from: number): Promise<number> {
    const at = this.pending.take(bytes, from);
    const frame = this.pending.whole();
    if (frame === undefined) {
      // Where its values begin is known when all is there.
      this.bounds.assertRoom(this.pending.knownLength, () => undefined);
      return at;
    }
    const walk: Walk = { bytes: frame, start: 0, walked: 0, count: 0 };
    await this.frame(walk, frame.length);
    await this.handOver(walk);
    return at;
  }

  /** Hands over whole rows from `from` on. @returns where the first one begins of which not all is there, or that takes several packets */
  private async walk(bytes: Uint8Array, from: number): Promise<number> {
    const walk: Walk = { bytes, start: from, walked: from, count: 0 };
    while (this.last === undefined && bytes.length - walk.walked >= frameHeader) {
      const length = frameHeader + payloadLength(bytes, walk.walked);
      if (isLong(bytes, walk.walked) || bytes.length - walk.walked < length) break;
      const wait = this.frame(walk, length);
      if (wait) await wait;
      if (walk.walked - walk.start >= handOverBytes) await this.handOver(walk);
    }
    await this.handOver(walk);
    return walk.walked;
  }

  /** Takes one whole frame. */
  private frame(walk: Walk, length: number): void | Promise<void> {
    const { bytes, walked } = walk;
    const isWide = isLong(bytes, walked);
    const header = isWide ? longFrameHeader : frameHeader;
    // An empty payload has no first byte: what lies behind it is another packet's.
    const mark = length > header ? bytes[walked + header] : undefined;
    if (mark !== rowMark) return this.otherFrame(walk, length, isWide ? undefined : mark);
    if (this.failure === undefined && this.bounds.startsNew(length)) return this.cutBefore(walk, length);
    walk.walked += length;
    walk.count += 1;
  }

  private async cutBefore(walk: Walk, length: number): Promise<void> {
    await this.handOver(walk);
    await this.tell(() => this.sink.cut());
    walk.walked += length;
    walk.count += 1;
  }

  /** What ends the result. No end and no error takes several packets. */
  private async otherFrame(walk: Walk, length: number, mark: number | undefined): Promise<void> {
    const payload = length - frameHeader;
    const isEnd = mark === endMark && payload >= shortestEnd && payload < longestEnd;
    if (!isEnd && !(mark === errorMark && payload >= shortestError)) {
      const what = mark === undefined ? 'an empty or a strange packet' : `a packet of kind ${mark}`;
      throw new TidemarkError('source.protocol', `the server sent ${what} for a row`);
    }
    await this.handOver(walk);
    this.last = new Uint8Array(walk.bytes.subarray(walk.walked, walk.walked + length));
  }

  private async handOver(walk: Walk): Promise<void> {
    const { bytes, start, walked, count } = walk;
    walk.start = walked;
    walk.count = 0;
    if (count > 0) await this.tell(() => this.sink.rows(bytes, start, walked, count));
  }

  private async tell(say: () => void | Promise<void>): Promise<void> {
    if (this.failure !== undefined) return;
    try {
      await say();
    } catch (error) {
      this.failure = { error };
    }
  }
}
