declare module 'parquetjs-lite' {
  interface ParquetField {
    readonly originalType?: string;
    readonly primitiveType: string;
  }
  interface ParquetCursor {
    next(): Promise<Record<string, unknown> | null>;
  }
  export interface ParquetReader {
    readonly schema: { readonly fields: Readonly<Record<string, ParquetField>> };
    getCursor(): ParquetCursor;
    close(): Promise<void>;
  }
  export const ParquetReader: { openFile(file: string): Promise<ParquetReader> };
}
