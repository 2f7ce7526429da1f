import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** An uploaded file. */
export interface Datum {
  /** Relative to the outputs root of its execution. */
  readonly path: string;
  /** Where the stand-in keeps its bytes. */
  readonly stored: string;
  readonly sha256: string;
  readonly size: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface VersionReference {
  readonly uri: string;
  readonly from?: string | null;
  readonly exclude?: readonly string[];
  readonly targeting_aliases?: readonly string[];
}

const known = new Set(['uri', 'from', 'exclude', 'start_fresh', 'targeting_aliases', 'packaging']);

/** Dataset versions, made from metadata lines as the platform documents it: immutable, named by URI, reachable by alias. */
export class DatasetStore {
  private readonly versions = new Map<string, readonly Datum[]>();
  private readonly aliases = new Map<string, string>();
  /** Single files, by `datum://<alias>`. */
  private readonly data = new Map<string, Datum>();

  /** Takes the outputs of one execution. Gives what is wrong with its metadata, in words. */
  apply(outputs: readonly Datum[]): string[] {
    const complaints: string[] = [];
    const made = new Map<string, { reference: VersionReference; files: Datum[] }>();
    for (const { file, metadata } of metadataOf(outputs, complaints)) {
      const datum = outputs.find(({ path }) => path === file);
      if (!datum) {
        complaints.push(`metadata names ${file}, which is not among the outputs`);
        continue;
      }
      const alias = metadata['valohai.alias'];
      if (typeof alias === 'string') this.data.set(`datum://${alias}`, { ...datum, metadata });
      for (const reference of (metadata['valohai.dataset-versions'] ?? []) as VersionReference[]) {
        const unknown = Object.keys(reference).filter((key) => !known.has(key));
        if (unknown.length > 0) complaints.push(`unknown keys in a dataset version: ${unknown.join(', ')}`);
        const version = made.get(reference.uri) ?? { reference, files: [] };
        if (JSON.stringify(version.reference) !== JSON.stringify(reference)) {
          complaints.push(`${reference.uri} is described in two ways`);
        }
        version.files.push({ ...datum, metadata });
        made.set(reference.uri, version);
      }
    }
    for (const { reference, files } of made.values()) this.add(reference, files, complaints);
    return complaints;
  }

  uris(): string[] {
    return [...this.versions.keys()];
  }

  /** Files of a version, by its URI, by an alias in the version's place or `latest`; or the file of an alias of files. */
  files(uri: string): readonly Datum[] {
    const files = this.find(uri);
    if (!files) throw new Error(`there is no ${uri}`);
    return files;
  }

  /** The same; undefined where there is nothing of that name. */
  find(uri: string): readonly Datum[] | undefined {
    const datum = this.data.get(uri);
    if (datum) return [datum];
    const newest = uri.endsWith('/latest')
      ? this.uris().findLast((one) => one.startsWith(uri.slice(0, -6)))
      : undefined;
    return this.versions.get(newest ?? this.aliases.get(uri) ?? uri);
  }

  private add(reference: VersionReference, files: readonly Datum[], complaints: string[]): void {
    const { uri, from, exclude = [], targeting_aliases: aliases = [] } = reference;
    if (!/^dataset:\/\/[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/.test(uri)) complaints.push(`${uri} is no good name`);
    if (this.versions.has(uri)) {
      complaints.push(`${uri} exists already: versions are immutable`);
      return;
    }
    const earlier = new Set(from ? this.files(from).map(({ path }) => basename(path)) : []);
    for (const name of exclude)
      if (!earlier.has(name)) complaints.push(`${uri} is to be without ${name}, which is not in ${from}`);
    const inherited = from ? this.files(from).filter(({ path }) => !exclude.includes(basename(path))) : [];
    const names = [...inherited, ...files].map(({ path }) => basename(path));
    if (new Set(names).size < names.length) complaints.push(`${uri} has two files of one name`);
    this.versions.set(uri, [...inherited, ...files]);
    const dataset = uri.slice(0, uri.lastIndexOf('/'));
    for (const alias of aliases) this.aliases.set(`${dataset}/${alias}`, uri);
  }
}

interface MetadataLine {
  readonly file: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

function metadataOf(outputs: readonly Datum[], complaints: string[]): MetadataLine[] {
  const file = outputs.find(({ path }) => path === 'valohai.metadata.jsonl');
  if (!file) return [];
  const text = readFileSync(file.stored, 'utf8');
  if (text !== '' && !text.endsWith('\n')) complaints.push('the last metadata line has no end');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as MetadataLine];
      } catch {
        complaints.push(`a metadata line is not JSON: ${line.slice(0, 80)}`);
        return [];
      }
    });
}
