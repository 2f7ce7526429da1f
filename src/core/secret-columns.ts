import type { LogicalType } from './logical-type.js';
import { valueOf } from './parameters.js';
import type { Parameter } from './source-request.js';
import type { Column } from './types.js';

const booleans = /^(?:t|f|true|false|y|n|yes|no|on|off|0|1)$/i;
const numbers = /^[+-]?(?:[\d_.]+(?:e[+-]?\d+)?|0[xob][\da-f_]+|inf(?:inity)?|nan)$/i;
const uuids = /^\{?(?:[\da-f]-?){32}\}?$/i;

/** What dates, times and intervals are written with, in any style that the server reads. */
const temporalWords =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|' +
  'dec(?:ember)?|mon(?:day|s|ths?)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs?|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|' +
  'years?|yrs?|weeks?|days?|hours?|hrs?|min(?:ute)?s?|sec(?:ond)?s?|ago|now|today|tomorrow|yesterday|epoch|infinity|' +
  'allballs|utc|gmt|am|pm|bc|ad|dt|[tzpymwdhsj]';
const temporals = new RegExp(`^(?:[\\d\\s:.,/+-]|(?:${temporalWords})(?![a-z]))+$`, 'i');

/**
 * Whether a value of the type may be what a text says, however a query makes the one of the other: not so where the server would
 * not read the text as such a value.
 */
export function mayHold(type: LogicalType, text: string): boolean {
  const given = text.trim();
  switch (type.kind) {
    case 'bool':
      return booleans.test(given);
    case 'int':
    case 'float':
    case 'decimal':
      return numbers.test(given);
    case 'uuid':
      return uuids.test(given);
    case 'date':
    case 'time':
    case 'timestamp':
    case 'interval':
      return temporals.test(given);
    case 'list':
      return mayHold(type.of, text) || /^[{[]/.test(given);
    default:
      return true;
  }
}

/** A secret's value may be a column's smallest or largest one, where the column's type holds it. */
export function redactionOf(
  type: LogicalType,
  { redacted, secrets }: { readonly redacted: boolean; readonly secrets: readonly Parameter[] },
): Pick<Column, 'redacted' | 'redactedBecause'> {
  if (redacted) return { redacted };
  const told = secrets.find((parameter) => mayHold(type, valueOf(parameter)));
  if (!told) return { redacted: false };
  return { redacted: true, redactedBecause: `its values may be that of the secret parameter "${told.name}"` };
}
