import type { S3Client } from '@aws-sdk/client-s3';
import { setMaxListeners } from 'node:events';
import { systemClock } from '../../core/clock.js';
import { withPatience } from '../../core/retry.js';
import { openClient } from './client.js';
import { s3Failure } from './failure.js';
import type { S3Location } from './location.js';
import { passes } from './retry.js';

/** For how long a request that fails for a reason that passes is made again, once the store has answered at all; milliseconds. */
const patience = 300_000;
/** And before: an address is more likely wrong than away. */
const firstPatience = 8_000;
/** A run that has failed waits no longer than this for a store that does not answer; the next run cleans up then. Milliseconds. */
export const longestAtEnd = 20_000;
const pauses = { firstPause: 300, longestPause: 15_000, renewals: 0 };

/** The name of the run in the metadata of all that it makes. */
export const runKey = 'tidemark-run';

/** How requests about one bucket are made: again where that helps, and their failures in words. */
export class Requests {
  private constructor(
    readonly location: S3Location,
    private readonly client: S3Client,
    private readonly reach: { answered: boolean },
    private readonly how: { readonly signal: AbortSignal | undefined; readonly lasts: number },
  ) {}

  static open(location: S3Location): Requests {
    return new Requests(location, openClient(location), { answered: false }, { signal: undefined, lasts: patience });
  }

  /** The same, ended by a signal. */
  until(signal: AbortSignal | undefined): Requests {
    // Every request that is on its way listens to it.
    if (signal !== undefined) setMaxListeners(0, signal);
    return new Requests(this.location, this.client, this.reach, { ...this.how, signal });
  }

  /** The same, made again for no longer than that. @param lasts milliseconds */
  within(lasts: number): Requests {
    return new Requests(this.location, this.client, this.reach, { ...this.how, lasts });
  }

  /** One attempt. */
  readonly send: S3Client['send'] = ((command: never) =>
    this.client.send(command, {
      ...(this.how.signal && { abortSignal: this.how.signal }),
      // Nor waits one attempt for longer than all may take.
      ...(this.how.lasts < patience && { requestTimeout: this.how.lasts }),
    })) as never;

  at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.location.bucket, Key: key };
  }

  /** What the location says of objects that are written. */
  howToStore(): object {
    const { sse, kmsKey, tags } = this.location;
    return {
      ...(sse !== undefined && { ServerSideEncryption: sse }),
      ...(kmsKey !== undefined && { SSEKMSKeyId: kmsKey }),
      ...(tags !== undefined && {
        Tagging: new URLSearchParams(tags.split(',').map((tag) => tag.split('=', 2) as [string, string])).toString(),
      }),
    };
  }

  /** Does it, and again after a failure that passes. `doing` completes "cannot …". @throws destination.*; the signal's reason */
  async ask<T>(doing: string, key: string, action: () => Promise<T>): Promise<T> {
    try {
      const lasts = this.reach.answered ? this.how.lasts : Math.min(this.how.lasts, firstPatience);
      const answer = await withPatience(
        action,
        { ...pauses, lasts, clock: systemClock, signal: this.how.signal },
        { passes },
      );
      this.reach.answered = true;
      return answer;
    } catch (thrown) {
      this.how.signal?.throwIfAborted();
      throw s3Failure(thrown, doing, `s3://${this.location.bucket}/${key}`);
    }
  }
}

interface Answer {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** A condition that does not hold, of an object that has gone, too; an upload that somebody gave up or completed. */
export function orRefused(thrown: Answer): undefined {
  if (thrown.$metadata?.httpStatusCode === 412) return undefined;
  return orMissing(thrown);
}

export function orMissing(thrown: Answer): undefined {
  if (thrown.name === 'NoSuchBucket' || thrown.$metadata?.httpStatusCode !== 404) throw thrown;
  return undefined;
}

/** What is to go has gone, or has become another one. */
export function orGone(thrown: Answer): undefined {
  if (thrown.name !== 'NoSuchBucket' && [404, 412].includes(thrown.$metadata?.httpStatusCode ?? 0)) return undefined;
  throw thrown;
}
