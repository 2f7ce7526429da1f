import type { Data } from 'apache-arrow';

/** Bytes that each row takes in Arrow's buffers, offsets included, validity not. */
export function rowSizes(columns: readonly Data[], rows: number): Float64Array {
  const sizes = new Float64Array(rows);
  for (const column of columns) addSizes(column, sizes);
  return sizes;
}

function addSizes(data: Data, sizes: Float64Array): void {
  const { children } = data;
  const offsets = data.valueOffsets as Int32Array | undefined;
  if (children.length === 0) {
    const width = data.values === undefined ? 0 : elementBytes(data);
    for (let i = 0; i < sizes.length; i++)
      sizes[i]! += offsets === undefined ? width : 4 + offsets[i + 1]! - offsets[i]!;
    return;
  }
  for (const child of children) {
    const inner = new Float64Array(child.length);
    addSizes(child, inner);
    const per = offsets === undefined ? data.stride : 0;
    for (let i = 0; i < sizes.length; i++) {
      const from = offsets === undefined ? i * per : offsets[i]!;
      const to = offsets === undefined ? from + per : offsets[i + 1]!;
      for (let k = from; k < to; k++) sizes[i]! += inner[k]!;
    }
  }
}

function elementBytes(data: Data): number {
  return (data.values as Uint8Array).BYTES_PER_ELEMENT * data.stride;
}
