import { madeType } from './made-types.js';
import { elementTypes, knownTypes, type RandomType } from './random-type.js';
import { Seeded } from './seeded.js';
import { sizedType } from './sized-types.js';

interface RandomColumn {
  readonly name: string;
  readonly type: RandomType;
  /** Dropped when there are rows: it leaves a hole among the column numbers. */
  readonly isDropped: boolean;
  readonly values: readonly (string | null)[];
}

export interface RandomTable {
  readonly name: string;
  readonly rows: number;
  readonly hasKey: boolean;
  readonly columns: readonly RandomColumn[];
}

/** Few values that come again, or each row one of its own. */
function randomValues(random: Seeded, type: RandomType, rows: number): (string | null)[] {
  const nulls = random.pick([0, 0, 0.1, 0.5, 1]);
  const few = random.chance(0.6) || rows > 400 ? random.many(random.int(1, 60), () => type.value(random)) : undefined;
  return random.many(rows, () => {
    if (random.chance(nulls)) return null;
    return few === undefined ? type.value(random) : random.pick(few);
  });
}

/** How many rows a table of a batch has: one in two batches has one of several blocks and pages. */
export function randomRows(random: Seeded, index: number): number {
  if (index === 0 && random.chance(0.5)) return random.int(2000, 6500);
  return random.chance(0.15) ? random.int(0, 1) : random.int(2, random.pick([40, 300]));
}

/** The tables of a batch; types that are made for them are shared by several. */
export function randomTables(seed: number, version: number, count: number): RandomTable[] {
  const random = new Seeded(seed);
  let names = 0;
  const name = (kind: string): string => `${kind}_${names++}`;
  const known = knownTypes(version);
  const shop = { random, name, elements: elementTypes(version) };
  const made = random.many(Math.ceil(count / 2), () => madeType(shop, random.int(1, 3)));
  const type = (): RandomType => {
    const drawn = random.share();
    return drawn < 0.4 ? random.pick(known) : drawn < 0.55 ? sizedType(random, name) : random.pick(made);
  };
  return random.many(count, (index) => {
    const rows = randomRows(random, index);
    const columns = random.many(random.int(1, rows > 400 ? 5 : 12), (i) => {
      const of = type();
      return { name: `c${i}`, type: of, isDropped: random.chance(0.08), values: randomValues(random, of, rows) };
    });
    return { name: `t${index}`, rows, hasKey: random.chance(0.5), columns };
  });
}
