import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { manifestName } from '../../src/manifest/encode.js';
import { type Finding, verifyVersion } from '../../src/version/verify/index.js';
import { makeVersion } from './make-version.js';

export const root = await mkdtemp(join(tmpdir(), 'tidemark-verify-'));
export const manifestFile = manifestName('2024-q1');

/** The version as it was made, and this test's own copy of its outputs folder, free to be damaged. */
export let made: Awaited<ReturnType<typeof makeVersion>>;
export let out: string;
export let folder: string;
let count = 0;

beforeAll(async () => {
  made = await makeVersion(join(root, 'made'));
});

beforeEach(async () => {
  out = join(root, `copy-${(count += 1)}`);
  await cp(join(root, 'made'), out, { recursive: true });
  folder = join(out, 'customer-data', '2024-q1');
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** The findings that are errors; a version is valid exactly where there are none. In this thread and in threads of their own files are found to be the same. */
export async function errors(location = folder, options = {}): Promise<Finding[]> {
  const { valid, findings } = await verifyVersion(location, { lanes: 1, ...options });
  expect((await verifyVersion(location, { lanes: 2, ...options })).findings).toEqual(findings);
  const wrong = findings.filter((finding) => finding.severity === 'error');
  expect(valid).toBe(wrong.length === 0);
  return wrong;
}
