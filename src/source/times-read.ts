/** Rows that came of a piece of a table, each time that it was read. */
interface PieceRead {
  readonly piece: string;
  readonly rows: number;
}

/** How many rows of a table came each time that it was read: some runs look at keys before they read rows. */
export function timesRead(evidence: readonly PieceRead[]): readonly number[] {
  const byPiece = new Map<string, number[]>();
  for (const { piece, rows } of evidence) byPiece.set(piece, [...(byPiece.get(piece) ?? []), rows]);
  const reads = [...byPiece.values()];
  const times = Math.max(0, ...reads.map(({ length }) => length));
  return Array.from({ length: times }, (_, time) => reads.reduce((sum, counts) => sum + (counts[time] ?? 0), 0));
}
