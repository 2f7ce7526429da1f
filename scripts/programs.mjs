// What runs by itself, with the modules and packages that it is made of in one set of files that share chunks: a run loads what it needs alone,
// and 40 MB and half the start-up time less than from a file for each module.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const packageIn = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
export const tool = packageIn(root);

/** The programs, by the names that the package's own imports give them: their files below `dist`. */
export const programs = Object.fromEntries(
  Object.entries(tool.imports)
    .filter(([, path]) => path.startsWith('./dist/'))
    .map(([name, path]) => [name, path.slice('./dist/'.length)]),
);

/** Packages that are native code or WebAssembly, and the files of them that are needed: they stay as they are. */
export const unbundled = {
  snappy: ['.'],
  '@bokuweb/zstd-wasm': ['package.json', 'dist', 'README.md'],
  'parquet-wasm': ['package.json', 'node', 'LICENSE_MIT', 'LICENSE_APACHE'],
};

/** Never there, and looked for by packages that can do without. */
const absent = ['pg-native', 'cpu-features'];

/**
 * A package of the older kind that is loaded when it is needed gives its exports by their names, as Node sees them: the bundler knows no names
 * of it.
 */
const namedExports = (isExternal) => ({
  name: 'named exports',
  setup(building) {
    building.onResolve({ filter: /^[@a-z]/, namespace: 'file' }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === 'asked' || isExternal(path)) return undefined;
      const { path: file } = await building.resolve(path, { kind, resolveDir, pluginData: 'asked' });
      const found = await import(pathToFileURL(file).href).catch(() => undefined);
      const names = Object.keys(found ?? {}).filter((name) => name !== 'default' && /^[A-Za-z_$][\w$]*$/.test(name));
      const isOlder = found?.default !== undefined && names.length > 0 && names.every((name) => name in found.default);
      return isOlder ? { path: `${path}.mjs`, namespace: 'named', pluginData: { path, names, resolveDir } } : undefined;
    });
    building.onLoad({ filter: /./, namespace: 'named' }, ({ pluginData: { path, names, resolveDir } }) => ({
      contents: `import all from ${JSON.stringify(path)}; export default all; export const { ${names.join(', ')} } = all;`,
      resolveDir,
    }));
  },
});

const sourceOf = (file) => join(root, 'src', file.replace(/\.js$/, '.ts'));
const shape = {
  ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20' },
  ...{ minifySyntax: true, minifyWhitespace: true, legalComments: 'none', keepNames: true },
  ...{ metafile: true, logLevel: 'warning' },
};

/**
 * Writes the programs into a folder, with chunks beside them.
 * @param options `external`: packages that are looked for where the tool is installed; any other option of esbuild
 * @returns esbuild's account of what the files are made of
 */
export async function bundlePrograms(outdir, { external = [], ...options } = {}) {
  const left = [...external, ...Object.keys(unbundled), ...absent];
  const isExternal = (path) => left.some((name) => path === name || path.startsWith(`${name}/`));
  const { metafile } = await build({
    ...shape,
    entryPoints: Object.values(programs).map(sourceOf),
    outdir,
    external: left,
    plugins: [namedExports(isExternal)],
    // Packages of the older kind look for these; no other name of a program begins like the ones here.
    banner: {
      js: `import { createRequire as $createRequire } from 'node:module'; import { dirname as $dirname } from 'node:path'; import { fileURLToPath as $fileURLToPath } from 'node:url';
const require = $createRequire(import.meta.url), __filename = $fileURLToPath(import.meta.url), __dirname = $dirname(__filename);`,
    },
    ...options,
  });
  return metafile;
}

/** Writes the library: its own modules alone, since who uses it shares the packages (a record batch is one of the caller's apache-arrow). */
export async function bundleLibrary(outdir, options) {
  const entry = tool.exports['.'].default.slice('./dist/'.length);
  await build({ ...shape, entryPoints: [sourceOf(entry)], outdir, packages: 'external', ...options });
}

/** The folders of packages that files are made of, by esbuild's account of them: some packages are there in several versions. */
export function bundledPackages({ inputs }) {
  const folders = Object.keys(inputs).map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders.filter((own) => own !== undefined))].map((own) => resolve(own));
}

/** What the authors of packages want to be said where these are. */
export function licencesOf(folders) {
  const texts = folders.map((own) => {
    const { name, version, license } = packageIn(own);
    const files = readdirSync(own).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const text = files.map((file) => readFileSync(join(own, file), 'utf8').trim()).join('\n\n');
    return `${name} ${version}: ${license ?? 'see below'}\n\n${text}`.trim();
  });
  return `${texts.sort().join(`\n\n${'-'.repeat(100)}\n\n`)}\n`;
}
