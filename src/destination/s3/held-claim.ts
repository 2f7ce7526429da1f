import { TidemarkError } from '../../core/errors.js';
import type { Clock } from '../../core/clock.js';
import { versionUri } from '../../core/version-uri.js';
import type { Bucket } from './bucket.js';
import { type Claim, encodeClaim, type FoundClaim } from './claim-file.js';

const beatEvery = 20_000;
/** For so long one beat is tried; then comes the next. Milliseconds. */
const beatPatience = 10_000;

/** A claim that this run holds: written again and again while the run lives, and by nobody else. */
export class HeldClaim {
  readonly #endBeating: () => void;
  #last: Promise<unknown> = Promise.resolve();
  #lost = false;
  #isWriting = false;
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
    this.#endBeating = clock.every(beatEvery, () => {
      if (!this.#isWriting) void this.note({}, this.bucket.within(beatPatience)).catch(() => undefined);
    });
  }

  get state(): Claim {
    return this.#claim;
  }

  /**
   * Notes in the claim how far the run got.
   * @param bucket by which it is written: one of another patience, perhaps
   * @throws request.version-exists where another run has taken the claim over
   */
  note(changes: Pick<Claim, 'manifests' | 'note'>, bucket = this.bucket): Promise<void> {
    const written = this.#last.then(async () => {
      if (this.#lost) throw takenOver(this.#claim);
      this.#isWriting = true;
      const next = { ...this.#claim, ...changes, beat: this.#claim.beat + 1 };
      const etag = await bucket
        .put(this.key, encodeClaim(next), { etag: this.#etag })
        .finally(() => (this.#isWriting = false));
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
    this.stopNow();
    await this.#last;
  }

  stopNow(): void {
    this.#endBeating();
  }

  /** Gives the claim up, if it is still this run's. @param bucket as of `note` */
  async release(bucket = this.bucket): Promise<void> {
    this.#endBeating();
    await this.note({}, bucket).then(
      () => bucket.remove(this.key, this.#etag),
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
