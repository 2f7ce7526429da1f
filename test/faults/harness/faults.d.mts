/** What can go wrong inside of a process. */
export const kinds: readonly string[];
