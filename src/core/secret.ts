/** A secret that is shorter is too likely to be part of another text by chance: then it counts where it stands alone. */
export const tellingLength = 6;

/** A text that stays out of everything that is printed, logged, thrown or written: who needs it has to ask for it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself; for the one who sends it where it belongs. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/** Whether a text gives a secret away: as it is, inside of it, or its beginning. */
export function reveals(text: string, secret: string): boolean {
  if (secret === '') return false;
  if (text === secret) return true;
  if (secret.length >= tellingLength && text.includes(secret)) return true;
  return text.length >= tellingLength && secret.startsWith(text);
}
