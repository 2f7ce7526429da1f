import type { RowGroupDecoder, SourceModule } from '../core/source.js';
import { writtenColumns } from '../core/types.js';
import type { LoadedFormat } from './load-format.js';
import type { Work } from './messages.js';
import { type Stage, tableStage } from './stage.js';

/** What turns a table's rows into portions. */
export interface TableTools {
  /** Undefined where rows come as batches. */
  readonly decoder: RowGroupDecoder | undefined;
  readonly stage: Stage;
}

/** Tables whose tools are kept: ranges come table by table, and tools hold the arrays of a whole row group. */
const KEPT = 2;

/** The tools of the tables that a thread works on: made when they are needed, and kept for the last few tables. */
export class Toolbox {
  /** The one used last comes last. */
  private readonly byTable = new Map<number, TableTools>();

  constructor(
    private readonly work: Pick<Work, 'tables' | 'misfits'>,
    private readonly source: Pick<SourceModule, 'createDecoder'>,
    private readonly format: Pick<LoadedFormat, 'encoder'>,
  ) {}

  async toolsOf(table: number): Promise<TableTools> {
    const tools = this.byTable.get(table) ?? (await this.make(table));
    this.byTable.delete(table);
    this.byTable.set(table, tools);
    for (const oldest of this.byTable.keys()) if (this.byTable.size > KEPT) this.byTable.delete(oldest);
    return tools;
  }

  /** After an error nobody knows what they hold. */
  discard(table: number): void {
    this.byTable.delete(table);
  }

  private async make(table: number): Promise<TableTools> {
    const { columns } = this.work.tables[table];
    const decoder = this.source.createDecoder?.(columns, this.work.misfits);
    return { decoder, stage: tableStage(columns, await this.format.encoder(writtenColumns(columns))) };
  }
}
