import type { ChunkList, KnownResult } from '../connection/result.js';
import type { Road, SnowflakeService } from '../connection/service.js';
import { storedParts } from './stored-parts.js';
import type { Answer, Question, StoredParts } from './ticket.js';

/** What lanes are told. Statements run once for all lanes; addresses of chunks are asked for once, and anew when they have expired. */
export function deskAnswers(
  { service, road }: { readonly service: SnowflakeService; readonly road: Road },
  planned: readonly KnownResult[],
): (question: Question) => Promise<Answer> {
  const results: KnownResult[] = [...planned];
  const bySql = new Map<string, Promise<StoredParts>>();
  const run = async (sql: string): Promise<StoredParts> => {
    const result = await service.run({ sql, binds: [] }, road);
    return storedParts(result, results.push(result) - 1);
  };
  const lists = new Map<number, Promise<ChunkList>>();
  const ask = (result: number): Promise<ChunkList> => {
    const asked = service.chunks(results[result]!);
    lists.set(result, asked);
    asked.catch(() => lists.delete(result));
    return asked;
  };
  return async (question) => {
    if (question.kind === 'token') return service.token();
    if (question.kind === 'result') {
      const asked = bySql.get(question.sql) ?? run(question.sql);
      bySql.set(question.sql, asked);
      return asked;
    }
    if (question.kind === 'first rows') {
      const result = results[question.result]!;
      return result.firstRows ?? service.firstRows(result, road);
    }
    const known = lists.get(question.result);
    const list = await (known ?? ask(question.result));
    if (list.generation > question.after) return list;
    // Several lanes find out at about the same time.
    return lists.get(question.result) === known ? ask(question.result) : lists.get(question.result)!;
  };
}
