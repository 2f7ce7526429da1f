/** The value of a name that data or people chose: an object of JavaScript answers to some names, such as `constructor`, that nobody gave it. */
export function ownValue<T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}
