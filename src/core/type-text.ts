import { ownValue } from './own-value.js';
import { largestDecimal128, largestDecimal256, typeName } from './type-table.js';
import type { LogicalType } from './logical-type.js';

/** Types without parameters, by their text. */
const plain: ReadonlyMap<string, LogicalType> = new Map(
  (
    [
      ...(['bool', 'text', 'json', 'binary', 'uuid', 'date', 'interval', 'time'] as const).map((kind) => ({ kind })),
      ...([16, 32, 64] as const).map((bits) => ({ kind: 'int' as const, bits })),
      ...([32, 64] as const).map((bits) => ({ kind: 'float' as const, bits })),
      { kind: 'time', unit: 'ns' },
      ...[true, false].flatMap((utc) => [
        { kind: 'timestamp' as const, utc },
        { kind: 'timestamp' as const, utc, unit: 'ns' as const },
      ]),
    ] satisfies readonly LogicalType[]
  ).map((type) => [typeName(type), type]),
);

/** Other words for the same. */
const aliases: Readonly<Record<string, string>> = { text: 'utf8' };

/**
 * Reads the text form of a type: what {@link typeName} writes, `text` for `utf8`, and `decimal(p,s)` or `decimal(p)` for the
 * decimal of as many bits as it needs. Undefined for what is none.
 * @throws Error saying what is allowed where a decimal's precision or scale is not
 */
export function parseType(text: string): LogicalType | undefined {
  const parser = new TypeParser(text.trim());
  const type = parser.type();
  return type !== undefined && parser.atEnd ? type : undefined;
}

class TypeParser {
  private at = 0;

  constructor(private readonly text: string) {}

  get atEnd(): boolean {
    return this.at === this.text.length;
  }

  type(): LogicalType | undefined {
    const word = this.take(/[a-z]+\d*(?:\[[a-z]+(?:, *UTC)?\])?/iy)?.[0].replace(/, */, ', ');
    if (word === undefined) return undefined;
    switch (word) {
      case 'decimal':
      case 'decimal128':
      case 'decimal256':
        return this.decimal(word);
      case 'list':
        return this.list();
      case 'struct':
        return this.struct();
      case 'map':
        return this.map();
      default:
        return plain.get(ownValue(aliases, word) ?? word);
    }
  }

  private decimal(word: string): LogicalType | undefined {
    const match = this.take(/\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)/y);
    if (match === undefined) return undefined;
    const [precision, scale] = [Number(match[1]), Number(match[2] ?? 0)];
    const least = word === 'decimal256' ? largestDecimal128 + 1 : 1;
    const most = word === 'decimal128' ? largestDecimal128 : largestDecimal256;
    if (precision < least || precision > most)
      throw new Error(`the precision of ${word} goes from ${least} to ${most}`);
    if (scale > precision) throw new Error(`the scale goes from 0 to the precision, ${precision}`);
    return { kind: 'decimal', precision, scale };
  }

  private list(): LogicalType | undefined {
    const [of, ...rest] = this.inBrackets(() => this.type()) ?? [];
    return of === undefined || rest.length > 0 ? undefined : { kind: 'list', of };
  }

  private map(): LogicalType | undefined {
    const [key, value, ...rest] = this.inBrackets(() => this.type()) ?? [];
    return key === undefined || value === undefined || rest.length > 0 ? undefined : { kind: 'map', key, value };
  }

  private struct(): LogicalType | undefined {
    const fields = this.inBrackets(() => this.field());
    return fields === undefined ? undefined : { kind: 'struct', fields };
  }

  private field(): { readonly name: string; readonly type: LogicalType } | undefined {
    const name = this.take(/([A-Za-z_]\w*|"(?:[^"\\]|\\.)*")\s*:\s*/y)?.[1];
    const type = name === undefined ? undefined : this.type();
    return type && { name: name!.startsWith('"') ? (JSON.parse(name!) as string) : name!, type };
  }

  /** `<item, item, …>`, of one at least. */
  private inBrackets<Item>(item: () => Item | undefined): Item[] | undefined {
    const items: Item[] = [];
    for (let before = /\s*<\s*/y; this.take(before); before = /\s*,\s*/y) {
      const next = item();
      if (next === undefined) return undefined;
      items.push(next);
    }
    return this.take(/\s*>/y) && items.length > 0 ? items : undefined;
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match ?? undefined;
  }
}
