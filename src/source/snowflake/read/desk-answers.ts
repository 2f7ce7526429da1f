import type { ChunkList, StoredResult } from '../connection/result.js';
import type { SnowflakeService } from '../connection/service.js';
import type { Answer, Question } from './ticket.js';

/** What lanes are told. Addresses of chunks are asked for once for all lanes, and anew when they have expired. */
export function deskAnswers(
  service: SnowflakeService,
  results: readonly StoredResult[],
): (question: Question) => Promise<Answer> {
  const lists = new Map<number, Promise<ChunkList>>();
  const ask = (result: number): Promise<ChunkList> => {
    const asked = service.chunks(results[result]!);
    lists.set(result, asked);
    asked.catch(() => lists.delete(result));
    return asked;
  };
  return async (question) => {
    if (question.kind === 'token') return service.token();
    if (question.kind === 'first rows') return results[question.result]!.firstRows;
    const known = lists.get(question.result);
    const list = await (known ?? ask(question.result));
    if (list.generation > question.after) return list;
    // Several lanes find out at about the same time.
    return lists.get(question.result) === known ? ask(question.result) : lists.get(question.result)!;
  };
}
