import { homedir, userInfo } from 'node:os';
import { invalidRequest } from '../core/errors.js';

/** Nothing is there: what would be looked for in a home folder is not found. */
const nowhere = '/nonexistent';

/** The home folder of who runs this, which is a number without a name and a home in some containers. */
export function homeFolder(): string {
  try {
    // Empty where HOME is: a file of the working folder is none of the home folder's.
    return homedir() || nowhere;
  } catch {
    return nowhere;
  }
}

/** The name of who runs this: the one that clients of databases log in with where none is given. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    throw invalidRequest(
      `no user to log in as is given, and the system has no name for user ${process.geteuid?.()}`,
      'Give it in --source, or as DB_USER.',
    );
  }
}
