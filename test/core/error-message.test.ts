import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/core/errors.js';

describe('an error that goes to another thread', () => {
  it('says of a defect where it came from', () => {
    const defect = new TypeError('undefined is no function');
    const there = TidemarkError.fromMessage(structuredClone(TidemarkError.from(defect).toMessage()));
    expect(there).toMatchObject({ code: 'internal.bug', message: defect.message, stack: defect.stack });
  });

  it('is otherwise what it was', () => {
    const error = new TidemarkError('source.lost', 'it is gone', { hint: 'Run again.', retryable: true });
    const there = TidemarkError.fromMessage(structuredClone(error.toMessage()));
    expect(there).toMatchObject({ code: 'source.lost', hint: 'Run again.', retryable: true, stack: error.stack });
  });
});
