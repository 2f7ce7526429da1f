import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnnouncementRewrite } from '../../../src/destination/folder/announcements.js';
import { appendLines, missingLines, namesVersion, removeLines } from '../../../src/destination/folder/lines.js';
import { thisMachine } from '../../../src/machine/machine.js';
import { valohaiAnnouncements } from '../../../src/manifest/valohai.js';
import { newFolder } from './outputs.js';

const ourLine = fc
  .record({ file: fc.string(), metadata: fc.dictionary(fc.string(), fc.jsonValue()) })
  .map((line) => JSON.stringify(line));
const ourLines = fc.uniqueArray(ourLine, { minLength: 1, maxLength: 5 });
/** Whatever others may have left: any bytes, broken JSON, line ends of all kinds, a last line without its newline. */
const othersBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.constantFrom('\n', '\r\n', '{"file":"x"}\n', '{"file":', '\u00e9\ufeff\n').map((text) => Buffer.from(text)),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => Buffer.concat(pieces));

describe('lines of valohai.metadata.jsonl', () => {
  it("others' lines stay byte for byte, and ours follow as lines of their own", () => {
    fc.assert(
      fc.property(othersBytes, ourLines, (others, lines) => {
        const merged = appendLines(others, lines);
        expect(merged.subarray(0, others.length).equals(others)).toBe(true);
        const added = merged.subarray(others.length).toString('utf8');
        const glue = others.length > 0 && others.at(-1) !== 0x0a ? '\n' : '';
        expect(added).toBe(`${glue}${lines.map((line) => `${line}\n`).join('')}`);
        expect(
          merged
            .toString('latin1')
            .split('\n')
            .slice(-1 - lines.length, -1),
        ).toEqual(lines.map((line) => Buffer.from(line).toString('latin1')));
      }),
    );
  });

  it('are found again, so that nothing is missing after a merge and a second one adds nothing', () => {
    fc.assert(
      fc.property(othersBytes, ourLines, (others, lines) => {
        expect(missingLines(appendLines(others, lines), lines)).toEqual([]);
        expect(missingLines(appendLines(others, lines.slice(1)), lines)).toEqual(
          others.toString('utf8').split('\n').includes(lines[0]!) ? [] : [lines[0]],
        );
      }),
    );
  });

  it('are taken out without touching what others wrote, before and after', () => {
    const wholeLines = othersBytes.map((bytes) => Buffer.concat([bytes, Buffer.from('\n')]));
    fc.assert(
      fc.property(wholeLines, ourLines, wholeLines, (before, lines, after) => {
        const unrelated = lines.map((line) => `${line} ours`);
        const merged = Buffer.concat([appendLines(before, unrelated), after]);
        expect(removeLines(merged, unrelated).equals(Buffer.concat([before, after]))).toBe(true);
      }),
    );
  });

  it.each([
    [
      'object form',
      '{"file":"a","metadata":{"valohai.dataset-versions":[{"uri":"dataset://s/v1","from":null}]}}',
      true,
    ],
    ['text form', '{"file":"a","metadata":{"valohai.dataset-versions":["dataset://s/v1"]}}', true],
    [
      'escaped slashes',
      '{"file":"a","metadata":{"valohai.dataset-versions":[{"uri":"dataset:\\/\\/s\\/v1"}]}}\r',
      true,
    ],
    ['a longer name', '{"file":"a","metadata":{"valohai.dataset-versions":[{"uri":"dataset://s/v10"}]}}', false],
    [
      'only as a parent',
      '{"file":"a","metadata":{"valohai.dataset-versions":[{"uri":"dataset://s/v2","from":"dataset://s/v1"}]}}',
      false,
    ],
    ['only as a tag', '{"file":"a","metadata":{"valohai.tags":["dataset://s/v1"]}}', false],
    ['not JSON', '{"file":"a","metadata":{"valohai.dataset-versions":[{"uri":"dataset://s/v1"}', false],
    ['not an object', '"dataset://s/v1"', false],
  ])('name a version: %s', (_, line, expected) => {
    expect(namesVersion(Buffer.from(`\n{"x":\n${line}\n{"file":"b"}`), 'dataset://s/v1', valohaiAnnouncements)).toBe(
      expected,
    );
  });
});

describe('the rewrite of the file', () => {
  const setUp = (): { out: string; path: string; rewrite: () => AnnouncementRewrite } => {
    const out = newFolder();
    return {
      out,
      path: join(out, 'valohai.metadata.jsonl'),
      rewrite: () =>
        new AnnouncementRewrite({ ...thisMachine, out, announcements: valohaiAnnouncements }, join(out, 'aside'), [
          '{"ours":1}',
        ]),
    };
  };

  it('takes along what another program writes between prepare and commit', () => {
    const { path, rewrite } = setUp();
    writeFileSync(path, 'one\n');
    const metadata = rewrite();
    metadata.prepare();
    appendFileSync(path, 'two\n');
    metadata.commit();
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n{"ours":1}\n');
  });

  it('is undone: no file where there was none, the same bytes where there was one, later lines kept', () => {
    const fresh = setUp();
    const made = fresh.rewrite();
    made.prepare();
    made.commit();
    made.undo();
    expect(lstatSync(fresh.path, { throwIfNoEntry: false })).toBeUndefined();

    const { path, rewrite } = setUp();
    writeFileSync(path, 'one');
    const metadata = rewrite();
    metadata.prepare();
    metadata.commit();
    expect(readFileSync(path, 'utf8')).toBe('one\n{"ours":1}\n');
    metadata.undo();
    expect(readFileSync(path, 'utf8')).toBe('one');

    const again = rewrite();
    again.prepare();
    again.commit();
    appendFileSync(path, 'late\n');
    again.undo();
    expect(readFileSync(path, 'utf8')).toBe('one\nlate\n');
  });

  it('keeps the mode, but never leaves the file read-only', () => {
    for (const [before, after] of [
      [0o640, 0o640],
      [0o444, 0o644],
    ] as const) {
      const { path, rewrite } = setUp();
      writeFileSync(path, '');
      chmodSync(path, before);
      const metadata = rewrite();
      metadata.prepare();
      metadata.commit();
      expect(statSync(path).mode & 0o777).toBe(after);
    }
  });

  it('rewrites what a link points to, and the link stays', () => {
    const { out, path, rewrite } = setUp();
    mkdirSync(join(out, 'elsewhere'));
    writeFileSync(join(out, 'elsewhere', 'm.jsonl'), 'one\n');
    symlinkSync(join('elsewhere', 'm.jsonl'), path);
    const metadata = rewrite();
    metadata.prepare();
    metadata.commit();
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(out, 'elsewhere', 'm.jsonl'), 'utf8')).toBe('one\n{"ours":1}\n');
  });

  it('refuses a line that holds a line break', () => {
    expect(
      () =>
        new AnnouncementRewrite({ ...thisMachine, out: newFolder(), announcements: valohaiAnnouncements }, 'aside', [
          '{\n}',
        ]),
    ).toThrow(/line break/);
  });
});
