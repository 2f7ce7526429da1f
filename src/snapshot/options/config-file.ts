import path from 'node:path';
import { type Document, isAlias, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { TidemarkError } from '../../core/errors.js';
import { decodeText } from './encoding.js';
import { readGivenFile, reason } from './given-file.js';
import { type Given, isOptionKey, type Layer } from './layers.js';
import { nearest, type Problem } from './problems.js';
import { definitionOf, type OptionKey, optionKeys } from './table.js';
import { isSameKey, writtenValues } from './written.js';

/** Reads a YAML file of options. @throws request.invalid when it cannot be read or is not YAML; unknown keys go to `problems` */
export async function readConfigFile(file: string, cwd: string, problems: Problem[]): Promise<Layer> {
  const absolute = path.resolve(cwd, file);
  return parseConfig(await readText(absolute, file), file, path.dirname(absolute), problems);
}

/** The options in a YAML text. `file` is the name for messages; `base` is where its relative paths start. */
export function parseConfig(source: string, file: string, base: string, problems: Problem[]): Layer {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: isSameKey });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}, line ${line}, column ${col}`;
  };
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken) {
    throw new TidemarkError('request.invalid', `${place(broken.pos[0])}: ${withoutToken(broken)}`, {
      hint: 'The file must be YAML: one "key: value" a line, lists with "- ", the keys named like the flags.',
    });
  }
  assertAliases(document, place);
  const layer = new Map<OptionKey, Given>();
  if (document.contents === null) return layer;
  if (!isMap(document.contents)) {
    throw new TidemarkError('request.invalid', `${file}: the file must hold "key: value" lines`, {
      hint: 'For example: "table: customers" and "dataset: dataset://customers/{date}".',
    });
  }
  for (const { key: keyNode, value } of document.contents.items) {
    const name = isScalar(keyNode) ? String(keyNode.value) : String(keyNode);
    const at = place(isScalar(keyNode) ? keyNode.range![0] : 0);
    if (!isOptionKey(name)) problems.push(unknownKey(name, at));
    else if (isScalar(value) && value.value === null) continue;
    else layer.set(name, { raw: valueOf(document, name, file), label: `${name} (${at})`, base });
  }
  return layer;
}

/** What is wrong with the YAML. A token that it names may be a password that begins with ! or *. */
function withoutToken({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code === 'TAG_RESOLVE_FAILED') return 'a tag that is not known; a text that begins with ! needs quotes';
  return message.split('\n')[0]!;
}

const aliasHint =
  'An alias, *name, stands for what &name marks before it in the same file; a text that begins with * needs quotes.';

/** The library would name the alias, which may be a password that begins with *. */
function assertAliases(document: Document.Parsed, place: (offset: number) => string): void {
  const anchors = new Set<string>();
  visit(document, {
    Node(_, node) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.add(node.anchor);
      } else if (!anchors.has(node.source)) {
        const message = `${place(node.range![0])}: an alias that nothing is marked with before it`;
        throw new TidemarkError('request.invalid', message, { hint: aliasHint });
      }
    },
  });
}

/** Too many aliases are found only here. */
function valueOf(document: Document.Parsed, name: OptionKey, file: string): unknown {
  try {
    const values = writtenValues(document, definitionOf(name).keepsText, 1) as Record<string, unknown>;
    assertEnds(values[name], []);
    return values[name];
  } catch (cause) {
    throw new TidemarkError('request.invalid', `${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: aliasHint,
    });
  }
}

/** An alias may stand inside of what it stands for. */
function assertEnds(value: unknown, above: readonly unknown[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (above.includes(value)) throw new Error('an alias stands inside of what it stands for, which has no end then');
  for (const item of Object.values(value)) assertEnds(item, [...above, value]);
}

function unknownKey(name: string, at: string): Problem {
  const guess = nearest(name, optionKeys);
  return {
    code: 'request.unknown-key',
    message: `${at}: unknown key "${name}"`,
    hint:
      guess === undefined
        ? 'The keys are the names of the flags: `tidemark snapshot --help` lists them.'
        : `Did you mean "${guess}"?`,
  };
}

async function readText(absolute: string, file: string): Promise<string> {
  const bytes = await readGivenFile(absolute).catch((cause: unknown) => {
    throw new TidemarkError('request.invalid', `the config file "${file}" cannot be read: ${reason(cause)}`, {
      hint: `Looked for ${absolute}. ${/[./\\]/.test(file) ? '' : `A table is named with --table ${file}.`}`.trim(),
      cause,
    });
  });
  return decodeText(bytes, `the config file "${file}"`);
}
