import { secretKeyVariables } from '../core/variables.js';
import { isTokenVariable } from '../registration/settings.js';
import { isConnectionVariable, secretUrlParameters, secretVariables } from '../source/registry.js';

/** Secrets that the command line and the environment hold, so that no message repeats them. */
export function knownSecrets(words: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const found = Object.entries(env).flatMap(([name, value = '']) => {
    // Of a key that has several lines each one says too much.
    if (secretKeyVariables.includes(name))
      return [value, ...value.split(/\n|\\n/).filter((line) => line.length > 16 && !line.startsWith('-----'))];
    if (holdsSecret(name)) return [value, ...passwordsIn(value)];
    return isConnectionVariable(name) || name.startsWith('TIDEMARK_') ? passwordsIn(value) : [];
  });
  words.forEach((word, index) => {
    const [flag, joined] = word.startsWith('--') ? split(word) : ['', undefined];
    const value = joined ?? words[index + 1] ?? '';
    if (flag === '--secret-param' && value.includes('=')) found.push(split(value)[1]!);
    // Of a connection in the wrong place, or written wrongly, too.
    found.push(...passwordsIn(joined ?? word));
  });
  return found.filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
}

function holdsSecret(name: string): boolean {
  return (
    name === 'TIDEMARK_SOURCE' ||
    name.startsWith('TIDEMARK_PARAM_') ||
    secretVariables.includes(name) ||
    isTokenVariable(name)
  );
}

const setting = new RegExp(`(?:^|[?&\\s])(?:${secretUrlParameters.join('|')})=([^&#\\s]*)`, 'gi');

/** A URL that begins a text; and what may be one, behind something else or without its scheme. */
const logins = [/^[a-z]+:\/\/[^:@/?#]*:(.*)@/is, /^(?:.*:\/{1,2})?[^:@/?#\s]*:(.*)@/s];

/** Passwords of a connection, as they stand there and decoded. */
function passwordsIn(text: string): string[] {
  const inLogins = logins.flatMap((login) => login.exec(text)?.[1] ?? []);
  const inSettings = [...text.matchAll(setting)].map((match) => match[1]!);
  return [...inLogins, ...inSettings].flatMap((password) => [password, decoded(password)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function split(word: string): [string, string | undefined] {
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
