import { invalidRequest } from '../../../core/errors.js';
import { creditsFor, creditsText, startSeconds, type Warehouse } from './warehouse.js';

/**
 * What a run may take of a warehouse. The service bills the time that a warehouse runs: so a limit in credits is one in seconds, which the service
 * itself holds statements to.
 */
export class Budget {
  /** Seconds that statements took. */
  private taken = 0;

  /**
   * @param warehouse undefined: none is known
   * @param most credits; undefined: there is no limit
   * @param longest seconds that a statement may take; undefined: the warehouse's own limit
   * @throws request.invalid where the limit is not enough to begin, or it cannot be told
   */
  constructor(
    private readonly warehouse: Warehouse | undefined,
    private readonly most: number | undefined,
    private readonly longest: number | undefined,
  ) {
    if (most === undefined) return;
    const { name, size, creditsPerHour } = warehouse ?? {};
    if (creditsPerHour === undefined)
      throw invalidRequest(
        warehouse === undefined
          ? 'max-cost: which warehouse would run is not known'
          : `max-cost: what an hour of the warehouse ${name} (${size}) costs is not known`,
        'Name a warehouse that the role may use: ?warehouse=NAME. Of kinds beside the standard one --max-statement limits the time.',
      );
    const start = startSeconds(warehouse!);
    if (this.left! >= 1 && this.all! >= start) return;
    if (start === 0)
      throw invalidRequest(
        `max-cost: ${creditsText(most)} credits are less than a second of the warehouse ${name} takes: ${creditsText(creditsFor(1, creditsPerHour))} (${size}, ${creditsPerHour} an hour)`,
        'Nothing was billed. Raise the limit, or take a smaller warehouse.',
      );
    throw invalidRequest(
      `max-cost: ${creditsText(most)} credits are less than what starting the warehouse ${name} takes: ${creditsText(creditsFor(start, creditsPerHour))} (${size}, ${creditsPerHour} an hour, ${start} seconds until it suspends itself)`,
      'Nothing was billed. Raise the limit, take a smaller warehouse, or let it suspend itself sooner: ALTER WAREHOUSE … SET AUTO_SUSPEND = 60.',
    );
  }

  /** Seconds that may be billed; undefined: there is no limit. */
  private get all(): number | undefined {
    const { creditsPerHour } = this.warehouse ?? {};
    return this.most === undefined || creditsPerHour === undefined ? undefined : (this.most / creditsPerHour) * 3600;
  }

  /** Seconds that statements may take yet; undefined: there is no limit. */
  private get left(): number | undefined {
    return this.all === undefined ? undefined : Math.floor(this.all - this.idle - this.taken);
  }

  /** Seconds for which a warehouse that this run starts goes on after it. */
  private get idle(): number {
    return this.warehouse?.isSuspended === true ? (this.warehouse.suspendsAfter ?? 0) : 0;
  }

  /** Seconds that the next statement may take; undefined: as many as the warehouse lets it. @throws request.invalid where nothing is left */
  get timeout(): number | undefined {
    const { left } = this;
    if (left !== undefined && left < 1)
      throw invalidRequest(
        `max-cost: the ${creditsText(this.most!)} credits are used up`,
        'Nothing is published. Raise the limit, or read less.',
      );
    if (left === undefined || this.longest === undefined) return left ?? this.longest;
    return Math.min(left, this.longest);
  }

  /** Runs a statement, and counts what it takes. @throws what the action throws; request.invalid */
  async spend<T>(action: (timeout: number | undefined) => Promise<T>): Promise<T> {
    const { timeout } = this;
    const began = performance.now();
    try {
      return await action(timeout);
    } finally {
      this.taken += (performance.now() - began) / 1000;
    }
  }

  /** About how many credits the run took; undefined: it is not known. */
  get credits(): number | undefined {
    const { creditsPerHour } = this.warehouse ?? {};
    if (creditsPerHour === undefined || this.taken === 0) return undefined;
    return creditsFor(Math.max(this.taken + this.idle, startSeconds(this.warehouse!)), creditsPerHour);
  }
}
