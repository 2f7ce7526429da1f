import { placeholdersOf } from './placeholders.js';

/** Names that say nothing about what the data is: those of the guide and their likes, also with a number behind them. */
const arbitrary =
  /^(latest|last|newest|current|final|working|work|wip|new|old|test|testing|tmp|temp|draft|data|dataset|snapshot|output|result|copy|backup|default|foo|bar|asdf|untitled)([._-]?(\d+|v\d+|final|new|old|copy))*$/i;

/** Placeholders by the time for which they give the same name, longest first. */
const periods = ['year', 'quarter', 'month', 'week'] as const;

/** What a user should know about a version's name before the run; empty when it is a good one. */
export function nameWarnings(
  template: string,
  { version, uri }: { version: string; uri: string },
  dated: boolean,
): string[] {
  const repeating = dated ? undefined : repeatingName(template, uri);
  return [arbitraryName(version, uri), repeating].filter((warning) => warning !== undefined);
}

function arbitraryName(version: string, uri: string): string | undefined {
  if (!arbitrary.test(version)) return undefined;
  if (/^latest$/i.test(version)) {
    return (
      `${uri}: never name a version "latest": a version never changes, and the platform may have a "latest" of its own. ` +
      'Name it by its period, for example {quarter} or {date}, and move an alias to it with --alias.'
    );
  }
  return (
    `${uri}: the name "${version}" does not say which data this is. ` +
    'Name versions by their period, for example {quarter} or {date}.'
  );
}

function repeatingName(template: string, uri: string): string | undefined {
  const names = placeholdersOf(template);
  if (names.some((name) => name === 'date' || name === 'datetime' || name === 'run')) return undefined;
  const period = periods.findLast((name) => names.includes(name));
  if (period === undefined) return undefined;
  return (
    `${uri}: {${period}} gives the same name all ${period} long, and a version is never overwritten: ` +
    `a second run in that ${period} stops because the version exists. ` +
    'If you snapshot more often, use {date}, {datetime} or {run}.'
  );
}
