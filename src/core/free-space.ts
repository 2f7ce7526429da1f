/** What is free where files go. */
export interface FreeSpace {
  /** For people: the folder that was asked about. */
  readonly place: string;
  readonly bytes: number;
  /** The same text for places that share what is free. */
  readonly disk: string;
}
