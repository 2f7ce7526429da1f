import { versionDigest } from '../../core/digest/digest.js';
import { hashSumText, sumOfTexts } from '../../core/digest/sums.js';
import { TidemarkError } from '../../core/errors.js';
import { encodeManifest, manifestName } from '../../manifest/encode.js';
import { manifestSeal, versionId } from '../../manifest/identity.js';
import { parseManifest, type ReadManifest } from '../../manifest/parse.js';
import type { Manifest } from '../../manifest/shape.js';
import { shardsOf, shardsOfVersion } from '../../manifest/shards.js';
import { failure, type Finding } from './finding.js';

export interface CheckedManifest {
  /** Undefined where it cannot be read at all. */
  readonly read: ReadManifest | undefined;
  readonly findings: readonly Finding[];
}

/** Whether a manifest's bytes, id and seal hold, and whether its figures agree with each other. */
export function checkManifest(bytes: Uint8Array, file: string, expectedId: string | undefined): CheckedManifest {
  let read: ReadManifest;
  try {
    read = parseManifest(bytes, 'the manifest');
  } catch (thrown) {
    const error = TidemarkError.from(thrown);
    return { read: undefined, findings: [failure('manifest', file, error.message)] };
  }
  const { manifest } = read;
  return {
    read,
    findings: [
      ...sealFindings(read, bytes, file),
      ...idFindings(read, file, expectedId),
      ...figureFindings(manifest, file),
    ],
  };
}

function sealFindings({ content }: ReadManifest, bytes: Uint8Array, file: string): Finding[] {
  const findings: Finding[] = [];
  const seal = manifestSeal(content);
  if (seal !== content.seal) {
    findings.push(
      failure('manifest', file, 'the manifest was changed after it was sealed', {
        expected: content.seal,
        found: seal,
      }),
    );
  }
  if (Buffer.compare(encodeManifest(content), bytes) !== 0) {
    findings.push(
      failure('manifest', file, 'the file is not in canonical form (RFC 8785 and one newline): it was written anew'),
    );
  }
  return findings;
}

function idFindings({ content, manifest }: ReadManifest, file: string, expectedId: string | undefined): Finding[] {
  const { id, version } = manifest;
  const findings: Finding[] = [];
  const computed = versionId(content.version);
  if (computed !== id) {
    const message = "the id is not that of the manifest's version part: one of them was changed";
    findings.push(failure('id', file, message, { expected: id, found: computed }));
  }
  if (expectedId !== undefined && !computed.startsWith(expectedId.toLowerCase())) {
    const message = 'this is not the version that was asked for: its id is another one';
    findings.push(failure('id', file, message, { expected: expectedId, found: computed }));
  }
  if (manifestName(version.name) !== file) {
    const message = `the manifest is of version ${version.uri} and has another's name`;
    findings.push(failure('manifest', file, message, { expected: manifestName(version.name), found: file }));
  }
  return findings;
}

function digestFindings({ digest, tables }: Manifest['version'], file: string): Finding[] {
  const parts = tables.flatMap(({ name, digest: own }) => (own === undefined ? [] : [{ name, digest: own }]));
  if (digest === undefined || digest === 'off') return [];
  const computed = parts.length === tables.length ? versionDigest(parts) : 'none';
  if (digest === computed) return [];
  const message = 'the digest of the version is not that of its tables';
  return [failure('digest', file, message, { expected: computed, found: digest })];
}

/** What the digest is made of, against that of the parts: so who reads some of the files knows of all. */
function sumFindings({ tables }: Manifest['version'], file: string): Finding[] {
  return tables.flatMap(({ name, facts, targets }) => {
    const wholes = [
      { of: `table ${name}`, told: facts.sum, parts: targets.map((target) => target.facts.sum) },
      ...targets.map((target) => ({
        of: `a target of table ${name}`,
        told: target.facts.sum,
        parts: target.shards.map((shard) => shard.facts.sum),
      })),
    ];
    return wholes.flatMap(({ of, told, parts }) => {
      const sum = sumOfTexts(parts);
      if (told === undefined || sum === undefined) return [];
      const computed = hashSumText(sum);
      if (computed === told) return [];
      const message = `the sum of the hashes of ${of} is not that of its parts`;
      return [failure('manifest', file, message, { expected: computed, found: told })];
    });
  });
}

/** Totals against their parts, and names against each other. */
function figureFindings({ version }: Manifest, file: string): Finding[] {
  const findings: Finding[] = [];
  const compare = (what: string, told: number, parts: readonly number[]): void => {
    const total = parts.reduce((sum, part) => sum + part, 0);
    if (told !== total) {
      findings.push(
        failure('manifest', file, `${what} is not the sum of its parts`, { expected: `${total}`, found: `${told}` }),
      );
    }
  };
  const rows = ({ facts }: { readonly facts: { readonly rows: number } }): number => facts.rows;
  const bytes = (part: { readonly bytes: number }): number => part.bytes;
  compare('rows of the version', version.rows, version.tables.map(rows));
  compare('bytes of the version', version.bytes, version.tables.map(bytes));
  for (const table of version.tables) {
    const shards = shardsOf(table);
    compare(`rows of table ${table.name}`, rows(table), shards.map(rows));
    compare(`bytes of table ${table.name}`, bytes(table), shards.map(bytes));
    for (const target of table.targets) {
      compare(`rows of a target of table ${table.name}`, rows(target), target.shards.map(rows));
      compare(`bytes of a target of table ${table.name}`, bytes(target), target.shards.map(bytes));
    }
  }
  findings.push(...sumFindings(version, file), ...digestFindings(version, file));
  const paths = [...shardsOfVersion(version), ...(version.sidecars ?? [])].map(({ path }) => path);
  const seen = new Set<string>();
  const twice = paths.find((path) => seen.size === seen.add(path).size);
  if (twice !== undefined) findings.push(failure('manifest', file, `${twice} is listed twice`));
  return findings;
}
