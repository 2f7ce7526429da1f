/** A small generator (mulberry32), so that a failure can be had again by its seed. */
export class Random {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}

export const seed = Number(process.env['TIDEMARK_ATTACK_SEED'] ?? 20_240_115);
/** Inputs of the short form, over all parsers; `TIDEMARK_ATTACK_INPUTS=1000000` for a night. */
export const inputs = Number(process.env['TIDEMARK_ATTACK_INPUTS'] ?? 10_000);

/** Bytes with some of them changed, doubled, left out, or cut off: near enough to what is valid to get past the first look. */
export function mutated(bytes: Uint8Array, random: Random): Buffer {
  let changed = Buffer.from(bytes);
  for (let times = 1 + random.below(4); times > 0 && changed.length > 0; times -= 1) {
    const at = random.below(changed.length);
    const length = 1 + random.below(Math.min(16, changed.length));
    switch (random.below(5)) {
      case 0:
        changed[at] = random.below(256);
        break;
      case 1:
        changed[at] = random.pick([0, 0x7f, 0x80, 0xff, 0x22, 0x5c]);
        break;
      case 2:
        changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at + length)]);
        break;
      case 3:
        changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at, at + length), changed.subarray(at)]);
        break;
      default:
        if (random.below(8) === 0) changed = changed.subarray(0, at);
    }
  }
  return changed;
}

/** Values that no one expects, for any place of a document. */
const odd: readonly unknown[] = [
  ...[
    null,
    true,
    -1,
    0,
    0.5,
    1e308,
    2 ** 53,
    '',
    '\0',
    '../../etc/passwd',
    '/etc/passwd',
    'a/../../b',
    '\u202e\u001b[2J',
  ],
  ...['__proto__', 'constructor', '[object Object]', 'x'.repeat(100_000), [], {}, [[]], [null], { length: 2 ** 31 }],
  ...[
    'dataset://../..',
    'dataset://a/b',
    'file:///etc/passwd',
    'td1:zz',
    '9'.repeat(400),
    '%2e%2e%2f',
    'CON',
    'a\\..\\b',
  ],
];

/** A document with something else in one to three of its places. */
export function misshapen(document: unknown, random: Random): unknown {
  const copy = structuredClone(document);
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    let place = copy as Record<string, unknown>;
    for (;;) {
      const key = random.pick(Object.keys(place));
      const inside = place[key];
      const goesOn = typeof inside === 'object' && inside !== null && Object.keys(inside).length > 0;
      if (goesOn && random.below(6) > 0) {
        place = inside as Record<string, unknown>;
        continue;
      }
      if (random.below(5) === 0) Reflect.deleteProperty(place, key);
      else place[key] = structuredClone(random.pick(odd));
      if (random.below(10) === 0)
        Object.defineProperty(place, '__proto__', {
          value: { polluted: 1 },
          enumerable: true,
          configurable: true,
          writable: true,
        });
      break;
    }
    if (Object.keys(copy as object).length === 0) break;
  }
  return copy;
}
