export type Fault = Readonly<Record<string, unknown>> & { skip: number; times: number };

export class Faults<One extends object = Fault> {
  all: (One & { skip: number; times: number })[];
  set(next: readonly One[]): void;
  take(isMeant: (one: One) => boolean): One | undefined;
}
