import type { LogicalType } from '../../core/types.js';
import { numberField } from './key-numbers.js';
import { timeField, timestampField } from './key-times.js';

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
    case 'uuid':
      return text.toLowerCase();
    default:
      return text;
  }
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
