/**
 * Of a thread that moves bytes: its rows lie in buffers outside of the heap, and what is made and forgotten between them is small. Room for more of
 * it is taken whether it is needed or not (bench/parts/memory: 20 MB a thread), and saves no time.
 */
export const littleGarbage = { maxYoungGenerationSizeMb: 8 } as const;
