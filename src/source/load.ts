import type { FrameSink } from '../core/source.js';

/** What a lane has asked of the server while it read a range. */
export interface RangeEvidence {
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

  /**
   * @param evidence of every range: {@link RangeEvidence}
   * @param heldTransactions transactions that have begun since the moment, where that is known
   */
  saw(evidence: readonly unknown[], heldTransactions?: number): void {
    for (const { statementSeconds, bytes } of evidence as readonly RangeEvidence[]) {
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

/** What a lane asks of the server for a range. */
export class RangeLoad {
  private statementSeconds = 0;
  private bytes = 0;

  async timed<T>(statement: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const made = await statement();
    this.statementSeconds = Math.max(this.statementSeconds, (performance.now() - began) / 1000);
    return made;
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

  evidence(): RangeEvidence {
    const { statementSeconds, bytes } = this;
    return { statementSeconds, bytes };
  }
}
