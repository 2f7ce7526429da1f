import type { SchemaElement } from 'hyparquet';
import { TidemarkError } from '../../../core/errors.js';
import type { DescribedColumn } from '../../../core/format.js';
import { intervalType } from '../../../core/interval-type.js';
import { largestDecimal256 } from '../../../core/type-table.js';
import type { LogicalType } from '../../../core/types.js';

type Described = Pick<DescribedColumn, 'type' | 'widened' | 'note'>;

/** What a file says of its types besides its schema. */
export interface TypeContext {
  /** Values of the old 96-bit timestamps are instants: its writer means them so. */
  readonly instants: boolean;
}

/**
 * As which type a column of a file is read that anybody may have written: by its annotation, in the new form or the old one
 * (Parquet's LogicalTypes.md). Lists may also be of the older forms that have no annotated three levels.
 * @param elements that of the column, then those below it
 * @throws source.unsupported
 */
export function describedType(elements: readonly SchemaElement[], context: TypeContext): Described {
  const [own] = elements;
  if (own?.repetition_type === 'REPEATED') throw unsupported(own.name, 'a repeated field outside of a list');
  return new TypeReader(elements, context).read();
}

/** Walks the elements, which stand in depth-first order. */
class TypeReader {
  private at = 0;
  private readonly column: string;

  constructor(
    private readonly elements: readonly SchemaElement[],
    private readonly context: TypeContext,
  ) {
    this.column = elements[0]?.name ?? '';
  }

  read(): Described {
    const element = this.next();
    return element.num_children === undefined ? leafType(element, this.column, this.context) : this.group(element);
  }

  private next(): SchemaElement {
    const element = this.elements[this.at];
    if (element === undefined) throw unsupported(this.column, 'fewer schema elements than it claims');
    this.at += 1;
    return element;
  }

  private group(element: SchemaElement): Described {
    const annotation = element.logical_type?.type ?? element.converted_type;
    if (annotation === 'LIST') return this.list(element);
    if (annotation === 'MAP' || annotation === 'MAP_KEY_VALUE') return this.map();
    return this.struct(element);
  }

  private list(outer: SchemaElement): Described {
    const repeated = this.elements[this.at];
    if (repeated?.repetition_type !== 'REPEATED' || outer.num_children !== 1)
      throw unsupported(this.column, 'a list without a repeated field');
    // Older writers repeat the elements themselves.
    const isElement =
      repeated.num_children === undefined ||
      repeated.num_children > 1 ||
      repeated.name === 'array' ||
      repeated.name === `${outer.name}_tuple`;
    if (!isElement) this.at += 1;
    const described = this.read();
    return { ...described, type: { kind: 'list', of: described.type } };
  }

  private map(): Described {
    const { num_children: children } = this.next();
    if (children !== 2) throw unsupported(this.column, 'a map without values');
    const [key, value] = [this.read(), this.read()];
    return together([key, value], { kind: 'map', key: key.type, value: value.type });
  }

  private struct({ num_children: children = 0 }: SchemaElement): Described {
    if (children === 0) throw unsupported(this.column, 'a struct without fields');
    const inner: Described[] = [];
    const fields: { name: string; type: LogicalType }[] = [];
    for (let child = 0; child < children; child += 1) {
      const element = this.elements[this.at];
      if (element?.repetition_type === 'REPEATED') throw unsupported(this.column, 'a repeated field outside of a list');
      const described = this.read();
      inner.push(described);
      fields.push({ name: element!.name, type: described.type });
    }
    return together(inner, { kind: 'struct', fields });
  }
}

function together(parts: readonly Described[], type: LogicalType): Described {
  const notes = [...new Set(parts.flatMap(({ note }) => note ?? []))];
  return {
    type,
    widened: parts.some(({ widened }) => widened),
    ...(notes.length > 0 && { note: notes.join('; ') }),
  };
}

const exact = (type: LogicalType, note?: string): Described => ({ type, widened: false, ...(note && { note }) });
const wider = (type: LogicalType): Described => ({ type, widened: true });

function leafType(element: SchemaElement, column: string, { instants }: TypeContext): Described {
  switch (element.type) {
    case 'BOOLEAN':
      return exact({ kind: 'bool' });
    case 'INT96':
      return exact({ kind: 'timestamp', utc: instants }, 'a 96-bit timestamp, read in microseconds');
    case 'FLOAT':
      return exact({ kind: 'float', bits: 32 });
    case 'DOUBLE':
      return exact({ kind: 'float', bits: 64 });
    case 'INT32':
    case 'INT64':
      return decimalOf(element, column) ?? momentOf(element) ?? integerOf(element);
    default:
      return decimalOf(element, column) ?? bytesOf(element);
  }
}

function annotationOf({ logical_type: logical, converted_type: converted }: SchemaElement): string | undefined {
  return logical?.type ?? converted;
}

function integerOf({ type, logical_type: logical, converted_type: converted }: SchemaElement): Described {
  const [, unsigned, width] = /^(U?)INT_(\d+)$/.exec(converted ?? '') ?? [];
  const own = type === 'INT64' ? 64 : 32;
  const bits = logical?.type === 'INTEGER' ? logical.bitWidth : Number(width ?? own);
  const isSigned = logical?.type === 'INTEGER' ? logical.isSigned : unsigned !== 'U';
  if (isSigned) return bits === 8 ? wider({ kind: 'int', bits: 16 }) : exact({ kind: 'int', bits: bits as 16 });
  if (bits === 64) return wider({ kind: 'decimal', precision: 20, scale: 0 });
  return wider({ kind: 'int', bits: bits === 8 ? 16 : bits === 16 ? 32 : 64 });
}

function momentOf({ logical_type: logical, converted_type: converted }: SchemaElement): Described | undefined {
  if (logical?.type === 'DATE' || converted === 'DATE') return exact({ kind: 'date' });
  // Files of older writers have converted types alone; their times and timestamps are in UTC by definition.
  const [, kind, oldUnit] = /^(TIME|TIMESTAMP)_(MILLIS|MICROS)$/.exec(converted ?? '') ?? [];
  const isMoment = logical?.type === 'TIME' || logical?.type === 'TIMESTAMP';
  if (!isMoment && kind === undefined) return undefined;
  const unit = isMoment ? logical.unit : oldUnit;
  const utc = isMoment ? logical.isAdjustedToUTC : true;
  const fine = unit === 'NANOS' ? ({ unit: 'ns' } as const) : {};
  const type: LogicalType =
    (isMoment ? logical.type : kind) === 'TIME' ? { kind: 'time', ...fine } : { kind: 'timestamp', utc, ...fine };
  return { type, widened: unit === 'MILLIS' };
}

function decimalOf({ logical_type: logical, ...element }: SchemaElement, column: string): Described | undefined {
  const isDecimal = logical?.type === 'DECIMAL';
  if (!isDecimal && element.converted_type !== 'DECIMAL') return undefined;
  const { precision = 0, scale = 0 } = isDecimal ? logical : element;
  if (precision < 1 || precision > largestDecimal256 || scale < 0 || scale > precision)
    throw unsupported(column, `a decimal(${precision},${scale}); at most ${largestDecimal256} digits can be kept`);
  return exact({ kind: 'decimal', precision, scale });
}

function bytesOf(element: SchemaElement): Described {
  switch (annotationOf(element)) {
    case 'STRING':
    case 'UTF8':
    case 'ENUM':
      return exact({ kind: 'text' });
    case 'JSON':
      return exact({ kind: 'json' });
    case 'UUID':
      return exact({ kind: 'uuid' });
    case 'INTERVAL':
      return exact(intervalType, 'an interval, of milliseconds in the file');
    case 'FLOAT16':
      return wider({ kind: 'float', bits: 32 });
    case undefined:
      return exact({ kind: 'binary' });
    default:
      return exact({ kind: 'binary' }, `the bytes of ${annotationOf(element)}`);
  }
}

function unsupported(column: string, what: string): TidemarkError {
  return new TidemarkError('source.unsupported', `column "${column}" of the file has ${what}`, {
    hint: 'Have its writer write it in another type.',
  });
}
