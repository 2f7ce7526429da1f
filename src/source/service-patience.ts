import { systemClock } from '../core/clock.js';

/** How long, and how often, a service is asked again that answers over HTTP; milliseconds. */
export const servicePatience = { lasts: 60_000, firstPause: 300, longestPause: 8_000, renewals: 0, clock: systemClock };

/** A read that breaks is tried again, unless nothing comes for so long; milliseconds. */
export const readPatience = { lasts: 60_000, firstPause: 200, longestPause: 5_000, renewals: 0, clock: systemClock };
