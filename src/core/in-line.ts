/** A name inside of a message: a line feed of its own would begin a line that looks like the message's. */
export function inLine(name: string): string {
  return name.replaceAll('\n', '\\u000a');
}
