import { TidemarkError } from '../../core/errors.js';
import type { Clock } from '../../core/clock.js';
import { versionUri } from '../../core/version-uri.js';
import type { Bucket } from './bucket.js';
import { type Claim, encodeClaim, type FoundClaim } from './claim-file.js';

const beatEvery = 20_000;

/** A claim that this run holds: written again and again while the run lives, and by nobody else. */
export class HeldClaim {
  readonly #endBeating: () => void;
  #last: Promise<unknown> = Promise.resolve();
  #lost = false;
  #claim: Claim;
  #etag: string;

  constructor(
    private readonly bucket: Bucket,
    private readonly key: string,
    { claim, etag }: Pick<FoundClaim<Claim>, 'claim' | 'etag'>,
    clock: Clock,
  ) {
    this.#claim = claim;
    this.#etag = etag;
    // A missed beat is no reason to stop: a claim that was lost is noticed by the next one, or by what is noted.
    this.#endBeating = clock.every(beatEvery, () => void this.note({}).catch(() => undefined));
  }

  get state(): Claim {
    return this.#claim;
  }

  /** Notes in the claim how far the run got. @throws request.version-exists where another run has taken the claim over */
  note(changes: Pick<Claim, 'manifests'>): Promise<void> {
    const written = this.#last.then(async () => {
      if (this.#lost) throw takenOver(this.#claim);
      const next = { ...this.#claim, ...changes, beat: this.#claim.beat + 1 };
      const etag = await this.bucket.put(this.key, encodeClaim(next), { etag: this.#etag });
      if (etag === undefined) {
        this.#lost = true;
        throw takenOver(this.#claim);
      }
      this.#claim = next;
      this.#etag = etag;
    });
    this.#last = written.catch(() => undefined);
    return written;
  }

  /** Ends the beating, and waits for a beat that is on its way. */
  async stop(): Promise<void> {
    this.#endBeating();
    await this.#last;
  }

  stopNow(): void {
    this.#endBeating();
  }

  /** Gives the claim up, if it is still this run's. */
  async release(): Promise<void> {
    this.#endBeating();
    await this.note({}).then(
      () => this.bucket.remove(this.key, this.#etag),
      (thrown: unknown) => {
        if (!this.#lost) throw thrown;
      },
    );
  }
}

function takenOver({ versions }: Claim): TidemarkError {
  return new TidemarkError(
    'request.version-exists',
    `version "${versionUri(versions[0]!)}" was claimed by another run, because this one gave no sign for two minutes`,
    { hint: 'The other run makes the version. Look at it, and run again only if it is not there.' },
  );
}
