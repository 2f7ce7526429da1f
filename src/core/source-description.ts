import type { SourceModule } from './source.js';
import type { ConnectionSettings, Parameter } from './source-request.js';

/** Where a connection may be described. */
export interface ConnectionOrigins {
  /** A URL of one of the source's schemes. */
  readonly url?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home folder, where password files lie. */
  readonly home: string;
}

/** What is found out about a request before the source is asked; loads no database client. */
export interface SourceRequests {
  /**
   * Reads the files that the connection names (certificates, password files), never the environment of the process.
   * @throws request.invalid naming key, value, and what is allowed
   */
  resolveConnection(origins: ConnectionOrigins): ConnectionSettings;
  /**
   * The names of the parameters that the queries use, in the source's own way of writing them.
   * @throws request.invalid for a parameter that is missing, given twice, or used by no query
   */
  parametersOf(queries: readonly string[], given: readonly Parameter[]): ReadonlySet<string>;
  /** What stands before a parameter's name in a query. */
  readonly parameterSign: ':' | '@';
}

/** Of a source that no URL and no variables say where it is: {@link SourceDescription.loadRequests} gives what it was made of. */
export const placelessSource = (
  kind: string,
  connection: ConnectionSettings,
  rest: Pick<SourceDescription, 'roads' | 'load'> & Partial<SourceDescription>,
): SourceDescription => ({
  kind,
  schemes: [kind],
  exampleUrl: '',
  variables: '',
  placeVariables: [],
  ownsVariable: () => false,
  secretVariables: [],
  secretUrlParameters: [],
  goesBack: false,
  travelsTo: [],
  loadRequests: async () => ({
    resolveConnection: () => connection,
    parametersOf: () => new Set(),
    parameterSign: ':',
  }),
  ...rest,
});

/** What a source says of itself before anything of it is loaded. */
export interface SourceDescription {
  /** Its name in manifests: `postgres`. */
  readonly kind: string;
  /** Schemes of its URLs, without `://`; messages show the first one. */
  readonly schemes: readonly string[];
  /** A URL, for messages. */
  readonly exampleUrl: string;
  /** Its variables, for people: `PG*`. */
  readonly variables: string;
  /** Its variables that say where to connect: where they are set, it is meant. */
  readonly placeVariables: readonly string[];
  /** Whether a connection may come from this variable; the guide's `DB_*` are everybody's. */
  ownsVariable(name: string): boolean;
  /** Variables whose values are secret. */
  readonly secretVariables: readonly string[];
  /** Parameters of a URL whose values are secret. */
  readonly secretUrlParameters: readonly string[];
  /** The ways that rows can take from the server, each with what it is, for people; the first one is the default. */
  readonly roads: Readonly<Record<string, string>>;
  /** Whether a killed run can be continued: it gives the moment of that run once more. */
  readonly goesBack: boolean;
  /** Other machines can read at a run's moment, too. */
  readonly sharesMoments?: true;
  /** By what it is told as of when tables are read; empty: they cannot be read as they were. */
  readonly travelsTo: readonly ('time' | 'statement')[];
  /**
   * Where it can write files itself: the scheme of buckets, and what may stand behind a `?`, where that is no matter of the store; `numbers`:
   * what it puts numbers of files in the place of, so that no prefix may have it.
   */
  readonly unloads?: { readonly scheme: 's3' | 'gs'; readonly settings: boolean; readonly numbers?: string };
  /** What is billed: bytes that are read, or credits for the time that it takes. Absent: nothing. */
  readonly bills?: 'bytes' | 'credits';
  loadRequests(): Promise<SourceRequests>;
  load(): Promise<SourceModule>;
}
