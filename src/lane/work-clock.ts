import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { addWork, noWork, type WorkKind, type WorkSeconds } from '../core/work.js';

/** What a thread does by itself, one at a time. */
type OwnWork = Exclude<WorkKind, 'wait' | 'read' | 'room'>;

/** Counts what a thread spends its time on. It costs two looks at the clock each time, so it is not asked for every value. */
export class WorkClock {
  private readonly own = { decode: 0, encode: 0, digest: 0, write: 0 };
  private room = 0;
  private others = noWork;
  /** What is done now; time since `since` is not counted yet. */
  private now: OwnWork | undefined;
  private since = 0;
  private loop: EventLoopUtilization = performance.eventLoopUtilization();

  /** What is done within is counted apart. */
  during<T>(kind: OwnWork, action: () => T): T {
    const outer = this.now;
    this.turn(kind);
    try {
      return action();
    } finally {
      this.turn(outer);
    }
  }

  /** Until others take what there is. */
  async untilRoom(room: Promise<void>): Promise<void> {
    const begun = performance.now();
    try {
      await room;
    } finally {
      this.room += performance.now() - begun;
    }
  }

  /** What another thread did for this one. */
  add(work: WorkSeconds): void {
    this.others = addWork(this.others, work);
  }

  /** Forgets how long nothing was to be done. */
  begin(): void {
    this.loop = performance.eventLoopUtilization();
  }

  /** What was done since it was asked last, or begun. What the thread was busy with and was not counted, was reading. */
  taken(): WorkSeconds {
    const { active, idle } = performance.eventLoopUtilization(this.loop);
    const { own, room } = this;
    const counted = own.decode + own.encode + own.digest + own.write;
    const done = addWork(this.others, {
      wait: Math.max(0, idle - room) / 1000,
      read: Math.max(0, active - counted) / 1000,
      decode: own.decode / 1000,
      encode: own.encode / 1000,
      digest: own.digest / 1000,
      write: own.write / 1000,
      room: room / 1000,
    });
    this.begin();
    this.others = noWork;
    this.room = own.decode = own.encode = own.digest = own.write = 0;
    return done;
  }

  private turn(to: OwnWork | undefined): void {
    const at = performance.now();
    if (this.now !== undefined) this.own[this.now] += at - this.since;
    this.now = to;
    this.since = at;
  }
}
