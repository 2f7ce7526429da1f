import { secretUrlParameters, secretVariables } from '../source/registry.js';

/** Secrets that the command line and the environment hold, so that no message repeats them. */
export function knownSecrets(words: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const found = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && holdsSecret(name) ? [value, ...passwordsIn(value)] : [],
  );
  words.forEach((word, index) => {
    const [flag, joined] = word.startsWith('--') ? split(word) : ['', undefined];
    const value = joined ?? words[index + 1] ?? '';
    if (flag === '--secret-param' && value.includes('=')) found.push(split(value)[1]!);
    if (flag === '--source') found.push(...passwordsIn(value));
  });
  return found.filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
}

function holdsSecret(name: string): boolean {
  return name === 'TIDEMARK_SOURCE' || name.startsWith('TIDEMARK_PARAM_') || secretVariables.includes(name);
}

const secretInUrl = new RegExp(`[?&](?:${secretUrlParameters.join('|')})=([^&#]*)`, 'gi');

/** Passwords of a connection URL, as they stand there and decoded. */
function passwordsIn(url: string): string[] {
  const inLogin = /^[a-z]+:\/\/[^:@/?#]*:(.*)@/is.exec(url)?.[1];
  const inSettings = [...url.matchAll(secretInUrl)].map((match) => match[1]!);
  return [...(inLogin === undefined ? [] : [inLogin]), ...inSettings].flatMap((text) => [text, decoded(text)]);
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
