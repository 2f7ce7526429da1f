import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import { type ErrorMessage, TidemarkError } from '../../../core/errors.js';

type Message =
  { readonly ask: string } | { readonly to: string; readonly authorization?: string; readonly error?: ErrorMessage };

/** Where lanes, in whatever threads they are, get tokens: who asks is known to one thread alone, and no token waits until it has expired. */
export class TokenDesk {
  readonly name = `tidemark bigquery ${randomUUID()}`;
  private readonly channel = new BroadcastChannel(this.name);
  private isClosed = false;

  constructor(authorization: () => Promise<string>) {
    this.channel.onmessage = (event): void => {
      const { data } = event as { readonly data: Message };
      if (!('ask' in data)) return;
      authorization().then(
        (found) => this.say({ to: data.ask, authorization: found }),
        (thrown: unknown) => this.say({ to: data.ask, error: TidemarkError.from(thrown).toMessage() }),
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
export class TokenDeskClient {
  private readonly channel: BroadcastChannel;
  private readonly waiting = new Map<string, (message: Extract<Message, { readonly to: string }>) => void>();

  constructor(name: string) {
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = (event): void => {
      const { data } = event as { readonly data: Message };
      if ('to' in data) this.waiting.get(data.to)?.(data);
    };
  }

  /** @throws source.auth and others */
  authorization(): Promise<string> {
    const id = randomUUID();
    return new Promise<string>((resolve, reject) => {
      this.waiting.set(id, ({ authorization = '', error }) => {
        this.waiting.delete(id);
        if (error === undefined) resolve(authorization);
        else reject(TidemarkError.fromMessage(error));
      });
      this.channel.postMessage({ ask: id } satisfies Message);
    });
  }

  close(): void {
    this.channel.close();
  }
}
