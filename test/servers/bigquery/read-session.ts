import type { v1 } from '@google-cloud/bigquery-storage';
import { RecordBatchReader, type RecordBatch } from 'apache-arrow';

interface Answer {
  readonly rowCount: string;
  readonly arrowRecordBatch: { readonly serializedRecordBatch: Uint8Array };
}

/** All batches of a new session, stream by stream; a stream that breaks goes on from where it broke. */
export async function readSession(
  storage: v1.BigQueryReadClient,
  request: NonNullable<Parameters<v1.BigQueryReadClient['createReadSession']>[0]>,
): Promise<RecordBatch[]> {
  const [session] = await storage.createReadSession(request);
  const head = session.arrowSchema!.serializedSchema as Uint8Array;
  const batches: RecordBatch[] = [];
  for (const { name } of session.streams!) {
    let offset = 0;
    for (let attempt = 0; ; attempt++)
      try {
        const stream = storage.readRows({ readStream: name!, offset }, { maxRetries: 0 });
        for await (const answer of stream as AsyncIterable<Answer>) {
          offset += Number(answer.rowCount);
          batches.push(...RecordBatchReader.from(Buffer.concat([head, answer.arrowRecordBatch.serializedRecordBatch])));
        }
        break;
      } catch (error) {
        if (attempt > 3 || (error as { code: number }).code !== 14) throw error;
      }
  }
  return batches;
}
