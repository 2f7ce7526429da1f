import type { Clock } from '../core/clock.js';
import type { VersionStore } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import type { CoordinatorOptions } from '../lane/coordinator.js';
import { type Dealer, DealtSchedule, type WrittenGroup } from '../lane/dealt-schedule.js';
import type { LaneStart } from '../lane/messages.js';
import type { FileSystem } from '../machine/file-system.js';
import { Channel } from './channel.js';
import { lookEvery } from './leader.js';
import { readWhile } from './read-while.js';
import { besideName, type FromMember, fromName, planName, type ToMember, toName } from './words.js';

export interface FollowerTools {
  readonly store: VersionStore;
  readonly board: string;
  /** The member's own name: its number, and what tells it from others of that number. */
  readonly id: string;
  readonly clock: Clock;
  readonly fs: FileSystem;
  /** Where a scratch file of that name lies. */
  scratchPath(name: string): string;
  /** Milliseconds after which member 0 is taken for lost when it gives no sign of life. */
  readonly patience: number;
}

/**
 * Writes aside what member 0 deals out, until there is no more.
 * @throws member.lost where member 0 has ended, or gives no sign of life; what the own lanes throw, which member 0 is told
 */
export async function writeForLeader(
  start: Omit<LaneStart, 'encoders'>,
  options: CoordinatorOptions,
  tools: FollowerTools,
): Promise<void> {
  const follower = new Follower(tools, options.lanes);
  try {
    await readWhile(start, { ...options, dealer: follower }, (signal) => follower.listen(signal));
  } catch (error) {
    await follower.leave(error).catch(() => undefined);
    throw error;
  }
}

class Follower implements Dealer {
  readonly schedule = new DealtSchedule();
  private readonly channel: Channel<FromMember, ToMember>;
  private readonly unsent: WrittenGroup[] = [];

  constructor(
    private readonly by: FollowerTools,
    lanes: number,
  ) {
    const { store, board, id, clock, patience } = by;
    const [own, other] = [store.join(board, fromName(id)), store.join(board, toName(id))];
    this.channel = new Channel({ store, clock, own, other, patience });
    this.channel.send({ type: 'ready', lanes });
  }

  written(group: WrittenGroup): void {
    this.unsent.push(group);
  }

  /** Does what member 0 says. Never resolves. */
  async listen(signal: AbortSignal): Promise<never> {
    const { clock, patience } = this.by;
    for (;;) {
      for (let group = this.unsent.shift(); group !== undefined; group = this.unsent.shift()) await this.hand(group);
      const come = (await this.isOver()) ? 'gone' : await this.channel.exchange();
      if (come === 'gone') throw lost('has ended without a version');
      for (const message of come) this.obey(message);
      if (this.channel.silence > patience)
        throw lost(`has given no sign of life for ${Math.round(this.channel.silence / 1000)} s`);
      await clock.sleep(lookEvery, signal);
    }
  }

  /** Whether the run has gone before member 0 gave a sign of life. */
  private async isOver(): Promise<boolean> {
    const { store, board } = this.by;
    return !this.channel.isHeard && (await store.read(store.join(board, planName))) === undefined;
  }

  /** Tells member 0 that this one ends. */
  async leave(error: unknown): Promise<void> {
    if (await this.isOver()) return;
    this.channel.send({ type: 'failed', error: TidemarkError.from(error).toMessage() });
    await this.channel.exchange();
  }

  private obey(message: ToMember): void {
    if (message.type === 'group') this.schedule.deal(message.group);
    else if (message.type === 'end') this.schedule.close();
    else throw lost(`says: ${message.message}`);
  }

  /** What lies beside the rows goes before word of them. */
  private async hand(written: WrittenGroup): Promise<void> {
    const { store, board, id, fs, scratchPath } = this.by;
    for (const { receipt } of written.ranges) {
      if (receipt.beside === undefined) continue;
      const { name } = receipt.beside;
      await store.create(store.join(board, besideName(id, name)), fs.readFileSync(scratchPath(name)));
    }
    this.channel.send({ type: 'written', written });
  }
}

const lost = (what: string): TidemarkError => lostLeader(`member 0 ${what}: nothing is published by this one`);

/** Without member 0 there is no version. */
export const lostLeader = (message: string): TidemarkError =>
  new TidemarkError('member.lost', message, {
    hint: 'Look at what member 0 says. What this member wrote is removed with the rest of the run.',
  });
