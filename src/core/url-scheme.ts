/** The scheme of a URL (`s3` of `s3://bucket`), in small letters; undefined: the text is none. A drive (`C:\`) is none. */
export function schemeOf(text: string): string | undefined {
  return /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
}
