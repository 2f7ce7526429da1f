import { ownValue } from '../../core/own-value.js';
import { assertCanonical, canonicalJson } from '../../manifest/canonical.js';
import type { VersionLocation } from '../locate.js';
import { encodeManifest } from '../../manifest/encode.js';
import type { ReadManifest } from '../../manifest/parse.js';
import { metadataFile, type MetadataLine, versionFolder, versionMetadata } from '../../manifest/valohai.js';
import { failure, type Finding, warning } from './finding.js';

/**
 * Compares the version's lines in `valohai.metadata.jsonl` with those that its manifest gives. The file lies at the outputs
 * root; where there is none (an input, a copy) there is nothing to compare. Lines of others are not looked at.
 */
export async function checkMetadata(
  location: VersionLocation,
  { content, manifest }: ReadManifest,
): Promise<Finding[]> {
  const { store } = location;
  const parent = store.split(store.split(location.folder).folder);
  if (location.flat || parent.name !== manifest.version.dataset) return [];
  const bytes = await store.read(store.join(parent.folder, metadataFile));
  if (bytes === undefined) return [];
  const { lines, broken } = parseLines(Buffer.from(bytes).toString());
  const prefix = `${versionFolder(manifest.version)}/`;
  const ours = lines.filter((line) => line.file.startsWith(prefix));
  if (ours.length === 0) return [...broken, warning('metadata', metadataFile, 'it has no lines for this version')];
  return [...broken, ...lineFindings(versionMetadata(manifest, encodeManifest(content)), ours)];
}

/** Lines that nobody can read are told one by one up to so many. */
const mostBroken = 20;

function parseLines(text: string): { lines: MetadataLine[]; broken: Finding[] } {
  const lines: MetadataLine[] = [];
  const broken: number[] = [];
  let number = 0;
  for (const line of linesOf(text)) {
    number += 1;
    if (line.trim() === '') continue;
    const parsed = parseLine(line);
    if (parsed) lines.push(parsed);
    else broken.push(number);
  }
  const told = broken
    .slice(0, mostBroken)
    .map((at) => warning('metadata', metadataFile, `line ${at} is not {"file": …, "metadata": {…}}`));
  const more = broken.length - told.length;
  if (more > 0) told.push(warning('metadata', metadataFile, `${more} more of its lines are not either`));
  return { lines, broken: told };
}

/** One after the other: a list of them all may have no room. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end < 0 ? undefined : end);
    start = end < 0 ? text.length : end + 1;
  }
}

function parseLine(line: string): MetadataLine | undefined {
  // What the parser of JSON throws takes its time.
  if (!line.startsWith('{')) return undefined;
  try {
    const content = JSON.parse(line) as Partial<MetadataLine> | null;
    assertCanonical(content);
    return typeof content?.file === 'string' && isObject(content.metadata)
      ? { file: content.file, metadata: content.metadata }
      : undefined;
  } catch {
    return undefined;
  }
}

const isObject = <T>(value: T): value is NonNullable<T> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function lineFindings(expected: readonly MetadataLine[], found: readonly MetadataLine[]): Finding[] {
  const byFile = new Map(expected.map((line) => [line.file, line]));
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const line of found) {
    const own = byFile.get(line.file);
    if (!own) {
      findings.push(failure('metadata', metadataFile, `the line for ${line.file} is of no file of this version`));
    } else if (seen.has(line.file)) {
      findings.push(failure('metadata', metadataFile, `${line.file} has several lines`));
    } else {
      findings.push(...differences(own, line));
    }
    seen.add(line.file);
  }
  const missing = expected.filter((line) => !seen.has(line.file));
  return [
    ...findings,
    ...missing.map((line) => failure('metadata', metadataFile, `there is no line for ${line.file}`)),
  ];
}

function differences(expected: MetadataLine, found: MetadataLine): Finding[] {
  const keys = [...new Set([...Object.keys(expected.metadata), ...Object.keys(found.metadata)])].sort();
  return keys.flatMap((key) => {
    const [should, is] = [textOf(ownValue(expected.metadata, key)), textOf(ownValue(found.metadata, key))];
    if (should === is) return [];
    return [
      failure('metadata', metadataFile, `"${key}" of ${found.file} is not as the manifest has it`, {
        expected: should,
        found: is,
      }),
    ];
  });
}

function textOf(value: unknown): string {
  return value === undefined ? 'nothing' : canonicalJson(value);
}
