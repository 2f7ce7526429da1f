/** Forms that texts often have, the narrowest first: regular expressions, as rules take them. */
export const shapes: readonly string[] = [
  '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  '^[0-9a-f]{32}$',
  '^[0-9a-f]{40}$',
  '^[0-9a-f]{64}$',
  '^[A-Z]{2}$',
  '^[A-Z]{3}$',
  '^\\d{4}-\\d{2}-\\d{2}$',
  '^\\d+$',
  '^https?://\\S+$',
  '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$',
];
