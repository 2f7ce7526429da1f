/** What two commands that make a version ask for differently, as each of them says it. */
export interface Difference {
  readonly there: string;
  readonly here: string;
}

const flag = /(?<= )--([a-z-]+)(?: (?!--)((?:'[^']*'|\\.|[^\s'\\])+))?/g;
const longestShown = 120;

/**
 * The first thing that two commands ask for differently: what their versions depend on stands in them ({@link Plan.command}). By what name the
 * server is reached may differ from machine to machine.
 * @returns undefined where they ask for the same
 */
export function differenceOf(there: string, here: string): Difference | undefined {
  const [theirs, own] = [askedIn(there), askedIn(here)];
  for (const name of new Set([...theirs.keys(), ...own.keys()])) {
    const [one, other] = [theirs.get(name), own.get(name)].map((said) => said?.join(' ') ?? `no ${name}`);
    if (one !== other) return { there: shown(one!), here: shown(other!) };
  }
  return undefined;
}

/** By flag what is said with it; what stands before the first one is the command itself. */
function askedIn(command: string): ReadonlyMap<string, readonly string[]> {
  const asked = new Map<string, string[]>([['command', [command.replace(/ --.*$/s, '')]]]);
  for (const [said, name] of command.matchAll(flag)) {
    if (name === 'source') continue;
    const key = `--${name}`;
    asked.set(key, [...(asked.get(key) ?? []), said]);
  }
  return asked;
}

const shown = (said: string): string => (said.length > longestShown ? `${said.slice(0, longestShown)}…` : said);
