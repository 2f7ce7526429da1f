import { createRequire } from 'node:module';

/** Files of the package that are found at run time, by the names that its `imports` give them: where they lie, a build and a bundle differ in. */
export type PackageFile =
  '#package' | '#main' | '#lane-thread' | '#encoder-thread' | '#check-thread' | '#compare-thread' | '#give-up';

/** The path of a file of the package. */
export const packageFile = (name: PackageFile): string => createRequire(import.meta.url).resolve(name);
