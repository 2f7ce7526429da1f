import { TidemarkError } from '../../core/errors.js';
import { logicalDate } from '../../manifest/logical-date.js';

/** Whether a text is a day of the calendar as YYYY-MM-DD. */
export function isDay(text: string): boolean {
  return accepted(() => logicalDate(text, new Date(0), 'UTC'));
}

/** Whether the runtime knows an IANA time zone of this name. */
export function isTimeZone(text: string): boolean {
  return accepted(() => logicalDate(undefined, new Date(0), text));
}

function accepted(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (thrown) {
    if (thrown instanceof TidemarkError) return false;
    throw thrown;
  }
}
