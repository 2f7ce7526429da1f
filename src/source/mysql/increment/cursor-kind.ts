import {
  aheadOf,
  type CursorKind,
  dateKind,
  decimalKind,
  momentKind,
  orderedKind,
  wholeKind,
} from '../../../core/cursor-kind.js';

const bitsOf: Readonly<Record<string, bigint>> = { tinyint: 8n, smallint: 16n, mediumint: 24n, int: 32n, bigint: 64n };

/** By the type's name; undefined for one whose values do not say in which order rows come. */
export function cursorKindOf(dataType: string, unsigned: boolean): CursorKind | undefined {
  const bits = bitsOf[dataType];
  if (bits !== undefined) {
    return unsigned ? wholeKind(0n, (1n << bits) - 1n) : wholeKind(-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n);
  }
  switch (dataType) {
    case 'timestamp':
      return momentKind(aheadOf.instants);
    case 'datetime':
      return momentKind(aheadOf.wallClocks);
    case 'date':
      return dateKind;
    case 'decimal':
      return decimalKind(65);
    case 'char':
    case 'varchar':
      return orderedKind('text', '');
    case 'uuid':
      return orderedKind('uuid', '00000000-0000-0000-0000-000000000000');
    default:
      return undefined;
  }
}
