/** The hash that stands in four words, as text: the same for the same hash. */
export function hashText(words: Uint32Array, at: number): string {
  let text = '';
  for (let word = at; word < at + 4; word++) text += words[word]!.toString(16).padStart(8, '0');
  return text;
}
