import type { LedgerLine, Manifest, ManifestTable } from '../manifest/shape.js';
import type { UntoldColumn } from './diff-shape.js';

/** A table, and the version that it is of. */
interface MaskedTable {
  readonly table: ManifestTable;
  readonly version: Pick<Manifest['version'], 'maskKey'>;
}

/** Columns of both that are masked by other keys, in other ways, or on one side alone: their values are not the same, whatever they were made of. */
export function untoldMasks(from: MaskedTable, to: MaskedTable): readonly UntoldColumn[] {
  const lines = new Map(to.table.schema.map((line) => [line.name, line]));
  return from.table.schema.flatMap((line) => {
    const other = lines.get(line.name);
    const why = other && whyUntold([line, from], [other, to]);
    return why === undefined
      ? []
      : [{ column: line.name, reason: `${why}: whether its values are the same cannot be told` }];
  });
}

type Side = readonly [LedgerLine, MaskedTable];

function whyUntold([{ mask: before }, from]: Side, [{ mask: after }, to]: Side): string | undefined {
  if (before !== after) return `it is ${wayText(before)} in the first version, and ${wayText(after)} in the second`;
  const keys = [from.version.maskKey, to.version.maskKey];
  if (before !== 'hash' || keys[0] === keys[1]) return undefined;
  const [first, second] = keys.map((key = 'not known') => key);
  return `it is masked by a hash, with the key of the fingerprint ${first} in the first version, and ${second} in the second`;
}

const wayText = (mask: LedgerLine['mask']): string => (mask === undefined ? 'not masked' : `masked by ${mask}`);
