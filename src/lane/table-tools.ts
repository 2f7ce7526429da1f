import { TidemarkError } from '../core/errors.js';
import type { RowGroupDecoder, SourceModule } from '../core/source.js';
import { checker } from '../expectation/checker.js';
import { storedColumns, writtenColumns } from '../core/types.js';
import type { LoadedFormat } from './load-format.js';
import type { ThreadPlan } from './messages.js';
import type { LanePorts } from './ports.js';
import { routedStage } from './routed-stage.js';
import { type Stage, tableStage } from './stage.js';
import type { WorkClock } from './work-clock.js';

/** What turns a table's rows into portions. */
export interface TableTools {
  /** Undefined where rows come as batches. */
  readonly decoder: RowGroupDecoder | undefined;
  readonly stage: Stage;
}

/** Tables whose tools are kept: ranges come table by table, and tools hold the arrays of a whole row group. */
const bytesKept = 2;

/** The tools of the tables that a thread works on: made when they are needed, and kept for the last few tables. */
export class Toolbox {
  /** The one used last comes last. */
  private readonly kept = new Map<unknown, TableTools>();

  constructor(
    private readonly work: Pick<
      ThreadPlan,
      'tables' | 'misfits' | 'routes' | 'digest' | 'maskKey' | 'label' | 'rowKeys' | 'sketches' | 'checks'
    >,
    private readonly source: Pick<SourceModule, 'createDecoder'>,
    private readonly format: Pick<LoadedFormat, 'encoder'>,
    private readonly by: { readonly clock: WorkClock; readonly routerOf?: LanePorts['routerOf'] | undefined },
  ) {}

  async toolsOf(table: number): Promise<TableTools> {
    const key = this.keyOf(table);
    const tools = this.kept.get(key) ?? (await this.make(table));
    this.kept.delete(key);
    this.kept.set(key, tools);
    for (const oldest of this.kept.keys()) if (this.kept.size > bytesKept) this.kept.delete(oldest);
    return tools;
  }

  /** After an error nobody knows what they hold. */
  discard(table: number): void {
    this.kept.delete(this.keyOf(table));
  }

  /** What tools depend on: the columns, which all targets of a table share; and where its rows go, if they are routed. */
  private keyOf(table: number): unknown {
    const { routes, rowKeys, sketches } = this.work;
    return [routes, rowKeys, sketches].every((ofTables) => ofTables?.[table] === undefined)
      ? this.work.tables[table]!.columns
      : table;
  }

  private async make(table: number): Promise<TableTools> {
    const { columns, seenRows } = this.work.tables[table]!;
    const decoder = this.source.createDecoder?.(columns, this.work.misfits);
    const route = this.work.routes?.[table];
    const checks = this.work.checks?.[table];
    const check = checks && checker(checks, columns);
    const rowKey = this.work.rowKeys?.[table];
    const sketchesOneIn = this.work.sketches?.[table];
    if (route === undefined) {
      const encoder = await this.format.encoder(storedColumns(writtenColumns(columns)));
      return {
        decoder,
        stage: tableStage(columns, encoder, { ...this.work, ...this.by, rowKey, sketchesOneIn, check }),
      };
    }
    const { routerOf } = this.by;
    if (routerOf === undefined) throw new TidemarkError('internal.bug', 'there is a route here, and no router');
    return {
      decoder,
      stage: routedStage(columns, routerOf(route, columns), {
        maskKey: this.work.maskKey,
        check,
        seenRows,
        rowKey,
      }),
    };
  }
}
