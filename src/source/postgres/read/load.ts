import type { FrameSink } from '../../../core/source.js';
import type { CurrentRelation } from '../snapshot/locked-relations.js';

/** What a lane saw while it read a range. */
export interface ReadEvidence {
  /** Relations that functions read by themselves: in the snapshot, but not locked before it was taken. */
  readonly notLocked: readonly CurrentRelation[];
  /** The longest statement, with what its rows waited for. */
  readonly statementSeconds: number;
  /** Of rows, as they came. */
  readonly bytes: number;
}

/** What a run asks of the server; kept with the version. */
export class Load {
  private readonly began = performance.now();
  private statementSeconds = 0;
  private bytes = 0;
  private heldTransactions: number | undefined;

  /** @param heldTransactions transactions that have begun since the moment, where that is known */
  saw(evidence: readonly ReadEvidence[], heldTransactions: number | undefined): void {
    for (const { statementSeconds, bytes } of evidence) {
      this.statementSeconds = Math.max(this.statementSeconds, statementSeconds);
      this.bytes += bytes;
    }
    this.heldTransactions = heldTransactions;
  }

  told(): Readonly<Record<string, number>> {
    return {
      transactionSeconds: Math.round((performance.now() - this.began) / 1000),
      statementSeconds: Math.round(this.statementSeconds * 10) / 10,
      bytes: this.bytes,
      ...(this.heldTransactions !== undefined && { heldTransactions: this.heldTransactions }),
    };
  }
}

/** What a lane reads of a range: its longest statement, and how many bytes of rows came. */
export class RangeLoad {
  statementSeconds = 0;
  bytes = 0;

  async timed(statement: () => Promise<void>): Promise<void> {
    const began = performance.now();
    await statement();
    this.statementSeconds = Math.max(this.statementSeconds, (performance.now() - began) / 1000);
  }

  counted(sink: FrameSink): FrameSink {
    return {
      rows: (bytes, start, end, count) => {
        this.bytes += end - start;
        return sink.rows(bytes, start, end, count);
      },
      cut: () => sink.cut(),
    };
  }
}
