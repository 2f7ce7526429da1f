import { TidemarkError } from '../../../../core/errors.js';
import { lengthWithin } from '../../../../core/fields/nested/parts.js';
import { StructColumn } from '../../../../core/fields/nested/struct.js';

/**
 * A composite → struct. One whose fields are all NULL is not NULL.
 *
 *     0     int32   number of fields; those that were dropped are not counted
 *     4     fields: uint32 type, int32 length (−1: NULL), then so many bytes
 */
export class RecordColumn extends StructColumn {
  protected gather(view: DataView, from: number, bytes: number): void {
    const planned = this.tally.column.parts!;
    const end = from + bytes;
    if (bytes < 4) throw this.malformed(`a field of ${bytes} bytes`);
    const count = view.getInt32(from);
    if (count !== planned.length) throw this.changed(`${count} attributes, and not ${planned.length}`);
    let at = from + 4;
    for (let part = 0; part < count; part++) {
      const length = lengthWithin(view, at + 4, end);
      if (length < -1) throw this.malformed('a field that passes the end of its value');
      if (view.getUint32(at) !== planned[part]!.typeId) {
        throw this.changed(`another type at "${planned[part]!.name}"`);
      }
      this.parts.set(part, at + 8, length);
      at += 8 + Math.max(0, length);
    }
    if (at !== end) throw this.malformed('more bytes than it has fields');
    this.parts.next();
  }

  /** No lock on the table keeps others from changing the types of its columns, and every session sees such a change at once. */
  private changed(what: string): TidemarkError {
    const { name, sourceType } = this.tally.column;
    const now = `column "${name}" (${sourceType}) has a composite type with ${what}`;
    return new TidemarkError('source.changed', `what is read was changed during the run: ${now}`, {
      hint: 'Nothing was published. Run again when the change of the type is done (ALTER TYPE).',
    });
  }
}
