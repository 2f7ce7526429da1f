import {
  aheadOf,
  type CursorKind,
  dateKind,
  decimalKind,
  momentKind,
  orderedKind,
  wholeKind,
} from '../../../core/cursor-kind.js';
import { textLiteral } from '../plan/literal.js';

/** A type whose values say in which order rows come. Values are texts as a cast gives them, without a zone. */
export interface OrderedType {
  readonly kind: CursorKind;
  /** A value of a text that a cast gave. */
  plain(text: string): string;
  /** A value in GoogleSQL. */
  literal(value: string): string;
  /** A value as a parameter. */
  bound(value: string): { readonly value: string; readonly type: string };
}

const largest = (1n << 63n) - 1n;

/** @param zone that a cast writes after values */
const ordered = (type: string, kind: CursorKind, zone = ''): OrderedType => ({
  kind,
  plain: (text) => (text.endsWith(zone) ? text.slice(0, text.length - zone.length) : text),
  literal: (value) => (type === 'INT64' ? value : `${type === 'STRING' ? '' : `${type} `}${textLiteral(value + zone)}`),
  bound: (value) => ({ value: value + zone, type }),
});

const types: Readonly<Record<string, OrderedType>> = {
  INT64: ordered('INT64', wholeKind(-largest - 1n, largest)),
  NUMERIC: ordered('NUMERIC', decimalKind(29)),
  BIGNUMERIC: ordered('BIGNUMERIC', decimalKind(38)),
  TIMESTAMP: ordered('TIMESTAMP', momentKind(aheadOf.instants), '+00'),
  DATETIME: ordered('DATETIME', momentKind(aheadOf.wallClocks)),
  DATE: ordered('DATE', dateKind),
  STRING: ordered('STRING', orderedKind('text', '')),
};

/** @param word of GoogleSQL; undefined is returned for types whose values do not say in which order rows come */
export const orderedType = (word: string): OrderedType | undefined => types[word];
