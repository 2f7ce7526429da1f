import { readFile } from 'node:fs/promises';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import { arrowText } from './arrow-text.js';
import type { Reader } from './reader.js';

/** The Rust implementation of Parquet and Arrow, compiled to WebAssembly. */
export const parquetWasm: Reader = {
  name: 'parquet-wasm',
  unavailable: async () => undefined,
  async read(file) {
    const table = tableFromIPC(readParquet(await readFile(file)).intoIPCStream());
    return table.schema.fields.map((field, i) => {
      const values: (string | null)[] = [];
      for (const batch of table.batches) {
        const data = batch.data.children[i]!;
        for (let row = 0; row < data.length; row++) {
          values.push(arrowText(data, row, field.metadata.get('ARROW:extension:name')));
        }
      }
      return { name: field.name, type: String(field.type), values };
    });
  },
};
