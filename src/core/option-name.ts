import { inLine } from './in-line.js';
import { shellWord } from './shell-word.js';

/**
 * A name as options take it in a text: in quotation marks where it could be taken for several, for a name with a value, or for
 * one without its blanks.
 */
export function optionName(name: string): string {
  return /[",=]|^\s|\s$/.test(name) ? quotedName(name) : name;
}

/** The same within a message, which is one line. */
export const optionNameInLine = (name: string): string => inLine(optionName(name));

export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The flag that gives a column's name a value, to be pasted into a shell: `--cast price=text`. */
export function columnFlag(flag: string, name: string, value: string): string {
  return `--${flag} ${shellWord(`${optionName(name)}=${value}`)}`;
}

/** The same inside of a sentence, where types stand as people write them: in quotation marks only because of the name. */
export function castNote(name: string, type: string): string {
  return shellWord(optionName(name)) === name ? `--cast ${name}=${type}` : columnFlag('cast', name, type);
}
