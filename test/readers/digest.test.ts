import { expect, it } from 'vitest';
import { skipWithoutPython, vectorsByPython } from './digest.js';

it('the second implementation of the digest agrees on every vector', { timeout: 360_000 }, async (context) => {
  await skipWithoutPython(context);
  const { checked, differences } = await vectorsByPython(
    new URL('../../fixtures/digest/vectors.json', import.meta.url).pathname,
  );
  expect(differences).toEqual([]);
  expect(checked).toBeGreaterThan(600);
});
