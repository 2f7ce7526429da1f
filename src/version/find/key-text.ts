import type { LogicalType } from '../../core/types.js';
import { numberField } from './key-numbers.js';
import { dateField, timeField, timestampField } from './key-times.js';

/** What a text that is looked for is to a column. */
export type KeyText =
  /** As files of texts have it; what people may have meant otherwise is said. */
  | { readonly field: string; readonly doubt?: string }
  /** A value of the column's kind, which none of its rows can have, such as an integer that is too large. */
  | 'beyond'
  /** It is no value of this kind. */
  | undefined;

/** Takes values as people and databases write them. */
export function keyText(text: string, type: LogicalType): KeyText {
  if (type.kind === 'binary') return bytesText(text);
  const field = fieldOf(text, type);
  return field === 'beyond' || field === undefined ? field : { field };
}

function fieldOf(text: string, type: LogicalType): string | 'beyond' | undefined {
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'decimal':
      return numberField(text, type);
    case 'time':
      return timeField(text, type);
    case 'timestamp':
      return timestampField(text, type);
    case 'date':
      return dateField(text);
    case 'uuid':
      return uuidField(text);
    case 'bool':
      return boolField(text);
    default:
      return text;
  }
}

/** Small letters, with hyphens; texts in other forms stay as they are. */
function uuidField(text: string): string {
  const digits = text
    .toLowerCase()
    .replace(/^\{(.*)\}$/, '$1')
    .replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/.test(digits)) return text;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** `t` and `f`, too, as PostgreSQL prints them. */
function boolField(text: string): string {
  const small = text.toLowerCase();
  return small === 't' ? 'true' : small === 'f' ? 'false' : small;
}

/** Hexadecimal digits behind `\x`, as PostgreSQL and `tidemark diff --rows` print them, or base64, as CSV files have it. */
function bytesText(text: string): KeyText {
  if (!text.startsWith('\\x')) {
    const isDoubtful = /^(?:[0-9a-f]{2})+$/i.test(text);
    const doubt = `${text} was taken as base64; hexadecimal digits have \\x before them: \\x${text}`;
    return { field: text, ...(isDoubtful && { doubt }) };
  }
  const digits = text.slice(2);
  return /^(?:[0-9a-f]{2})*$/i.test(digits) ? { field: Buffer.from(digits, 'hex').toString('base64') } : undefined;
}

/** How values of a kind are written that is looked for; undefined: any text is one, or such columns are not looked in. */
export function formOf(type: LogicalType): string | undefined {
  switch (type.kind) {
    case 'bool':
      return 'true or false';
    case 'int':
      return 'a whole number';
    case 'float':
    case 'decimal':
      return 'a number with digits, such as 10.50';
    case 'date':
      return 'a day such as 2024-01-31';
    case 'time':
      return 'a time such as 12:30:00.5';
    case 'timestamp':
      return type.utc
        ? 'a moment with a zone, such as 2024-01-31T12:30:00Z or 2024-01-31 14:30:00+02'
        : 'a moment without a zone, such as 2024-01-31T12:30:00';
    case 'uuid':
      return '32 hexadecimal digits, with or without hyphens';
    case 'binary':
      return '\\x and hexadecimal digits, or base64';
    default:
      return undefined;
  }
}
