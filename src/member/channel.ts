import type { Clock } from '../core/clock.js';
import type { VersionStore } from '../core/destination.js';
import { decodeWord, encodeWord, notAWord } from './words.js';

/** A sign of life is given so often, in milliseconds, and several times while the other side is patient. */
const signEvery = 5_000;
const signsWhilePatient = 4;

/** A file that is written again and again: messages that the other side has not taken yet. */
interface Letter {
  /** Grows with every letter. */
  readonly beat: number;
  /** How many messages of the other side were taken. */
  readonly taken: number;
  /** The number of the first message that is in it. */
  readonly first: number;
  readonly messages: readonly unknown[];
}

/** Whether it is one, whoever has written it; what is in its messages is for the members to know. */
function isLetter(value: unknown): value is Letter {
  const { beat, taken, first, messages } = (value ?? {}) as Partial<Letter>;
  const areCounts = [beat, taken, first].every((count) => Number.isSafeInteger(count) && count! >= 0);
  return areCounts && Array.isArray(messages) && messages.every((one) => typeof one === 'object' && one !== null);
}

export interface ChannelPlaces {
  readonly store: VersionStore;
  readonly clock: Clock;
  /** What this side writes, and what it reads. */
  readonly own: string;
  readonly other: string;
  /** Milliseconds after which a side that gives no sign of life is taken for lost. */
  readonly patience: number;
}

/**
 * Messages between two members, in their order, each once, by two files in a store: each side writes one of them. Time is told by the own
 * clock alone.
 */
export class Channel<Out, In> {
  private beat = 0;
  private taken = 0;
  private first = 0;
  private unread: Out[] = [];
  private isNews = true;
  private writtenAt = -Infinity;
  private heardAt: number;
  private heard: number | undefined;

  constructor(private readonly by: ChannelPlaces) {
    this.heardAt = by.clock.now();
  }

  send(message: Out): void {
    this.unread.push(message);
    this.isNews = true;
  }

  /** Milliseconds since the other side gave a sign of life, or since this one listens. */
  get silence(): number {
    return this.by.clock.now() - this.heardAt;
  }

  /** The other side has given a sign of life. */
  get isHeard(): boolean {
    return this.heard !== undefined;
  }

  /** @returns what has come; `gone`: the other side has written, and what it wrote is no more */
  async exchange(): Promise<readonly In[] | 'gone'> {
    const letter = await this.read();
    if (letter === undefined && this.heard !== undefined) return 'gone';
    const come = letter === undefined ? [] : this.take(letter);
    if (this.isNews || this.by.clock.now() - this.writtenAt >= this.signEvery) await this.write();
    return come;
  }

  private get signEvery(): number {
    return Math.min(signEvery, this.by.patience / signsWhilePatient);
  }

  private async read(): Promise<Letter | undefined> {
    const { store, other } = this.by;
    const bytes = await store.read(other);
    const letter = bytes && decodeWord<Letter>(bytes, other);
    if (letter !== undefined && !isLetter(letter)) throw notAWord(other);
    return letter;
  }

  private take({ beat, taken, first, messages }: Letter): readonly In[] {
    if (beat !== this.heard) this.heardAt = this.by.clock.now();
    this.heard = beat;
    this.unread = this.unread.slice(Math.max(0, taken - this.first));
    this.first = Math.max(this.first, taken);
    const come = messages.slice(Math.max(0, this.taken - first)) as In[];
    this.taken += come.length;
    if (come.length > 0) this.isNews = true;
    return come;
  }

  private async write(): Promise<void> {
    const { store, own, clock } = this.by;
    this.beat += 1;
    this.isNews = false;
    this.writtenAt = clock.now();
    const letter: Letter = { beat: this.beat, taken: this.taken, first: this.first, messages: this.unread };
    await store.replace(own, encodeWord(letter));
  }
}
