import { describe, expect, test } from 'vitest';
import type { ColumnStatistics } from '../../src/core/statistics.js';
import type { Column } from '../../src/core/types.js';
import { tellableFacts } from '../../src/manifest/statistics.js';
import { factsOf } from './facts.js';
import { column } from './inputs.js';

const published = (of: Column, told: ColumnStatistics, secrets: readonly string[]) =>
  tellableFacts([of], factsOf([of], 10, [told]), secrets).columns[0];

describe('what may be published', () => {
  const text = column('email', 'text', { kind: 'text' });

  test('no bounds of redacted columns', () => {
    expect(published({ ...text, redacted: true }, { nulls: 1, min: 'a', max: 'b' }, [])).toEqual({
      nulls: 1,
    });
  });

  test.each(['secret-value', 'secret-value and more', 'x secret-value', 'secret-v'])(
    'no bound %j beside a secret',
    (max) => {
      expect(published(text, { nulls: 0, min: 'a', max }, ['secret-value'])).toEqual({ nulls: 0 });
    },
  );

  test('a short secret hides only its own value', () => {
    const shown = { nulls: 0, min: '10', max: '21' };
    expect(published(text, { nulls: 0, min: '10', max: '21' }, ['1', ''])).toEqual(shown);
    expect(published(text, { nulls: 0, min: '1', max: '21' }, ['1'])).toEqual({ nulls: 0 });
  });
});
