/** A value and where it came from, for messages. */
export interface GivenValue {
  readonly value: string;
  readonly origin: string;
  /** It stands in a URL, in which a password is one wrong character away from being anything else. */
  readonly fromUrl?: true;
}

/** A value for messages: `"70000" (DB_PORT)`. Of a URL nothing is shown but where in it: `the URL's port`. */
export function told({ value, origin, fromUrl }: GivenValue, part = value): string {
  return fromUrl === true ? origin : `"${part}" (${origin})`;
}
