import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Told {
  readonly run: {
    readonly increment: Readonly<Record<string, unknown>>;
    readonly certificate: { readonly moment: string; readonly jobs?: readonly string[] };
  };
  readonly version: {
    readonly digest: string;
    readonly chain?: { readonly digest: string };
    readonly kept?: object;
    readonly tables: readonly { readonly schema: readonly { readonly name: string; readonly note?: string }[] }[];
  };
}

/** What the manifest of a version tells. */
export const manifestOf = ({ location, version }: { readonly location: string; readonly version: string }): Told =>
  JSON.parse(readFileSync(join(location, `_manifest.${version.split('/').at(-1)}.json`), 'utf8')) as never;
