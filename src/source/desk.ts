import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import { type ErrorMessage, TidemarkError } from '../core/errors.js';

type Message =
  | { readonly from: string; readonly question: unknown }
  | { readonly to: string; readonly answer?: unknown; readonly error?: ErrorMessage };

/**
 * Where lanes, in whatever threads they are, ask what one thread alone knows: tokens, which are thus never older than they may be, and what else
 * the service tells to one session. Questions and answers are plain data.
 */
export class Desk<Question, Answer> {
  readonly name = `tidemark desk ${randomUUID()}`;
  private readonly channel = new BroadcastChannel(this.name);
  private isClosed = false;

  constructor(answer: (question: Question) => Promise<Answer>) {
    this.channel.onmessage = (event): void => {
      const { data } = event as { readonly data: Message };
      if (!('question' in data)) return;
      answer(data.question as Question).then(
        (found) => this.say({ to: data.from, answer: found }),
        (thrown: unknown) => this.say({ to: data.from, error: TidemarkError.from(thrown).toMessage() }),
      );
    };
    this.channel.unref();
  }

  close(): void {
    this.isClosed = true;
    this.channel.close();
  }

  private say(message: Message): void {
    if (!this.isClosed) this.channel.postMessage(message);
  }
}

/** A lane's way to the desk. */
export class DeskClient<Question, Answer> {
  private readonly channel: BroadcastChannel;
  private readonly waiting = new Map<string, (message: Extract<Message, { readonly to: string }>) => void>();

  constructor(name: string) {
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = (event): void => {
      const { data } = event as { readonly data: Message };
      if ('to' in data) this.waiting.get(data.to)?.(data);
    };
  }

  /** @throws what the desk throws */
  ask(question: Question): Promise<Answer> {
    const from = randomUUID();
    return new Promise<Answer>((resolve, reject) => {
      this.waiting.set(from, ({ answer, error }) => {
        this.waiting.delete(from);
        if (error === undefined) resolve(answer as Answer);
        else reject(TidemarkError.fromMessage(error));
      });
      this.channel.postMessage({ from, question } satisfies Message);
    });
  }

  close(): void {
    this.channel.close();
  }
}
