/** One thing of each sort, by what a path or body calls it. */
export interface Things {
  readonly index: string;
  readonly document: string;
  readonly job: string;
  /** A job that has exported the document. */
  readonly export: string;
  readonly key: string;
  readonly endpoint: string;
  readonly delivery: string;
  readonly letter: string;
  readonly mailbox: string;
  readonly worker: string;
  readonly tenant: string;
  /** Of the export. */
  readonly part: string;
}

/** A call of a route; `of` fills it with the names of things. */
export interface RouteCall {
  readonly name: string;
  readonly method: string;
  of(things: Things): { readonly path: string; readonly body: unknown };
}

/** What the OpenAPI document says of a route, as far as it matters here. */
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}
export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

type Fill = (things: Things) => unknown;

/** What `{id}` is, by where it stands. */
const IDS: readonly [string, keyof Things][] = [
  ['/v1/indexes/{index}/documents/{id}', 'document'],
  ['/v1/jobs/{id}/export', 'export'],
  ['/v1/jobs/{id}', 'job'],
  ['/v1/keys/{id}', 'key'],
  ['/v1/admin/jobs/{id}', 'job'],
  ['/v1/admin/workers/{id}', 'worker'],
];
const PARAMETERS: Readonly<Record<string, keyof Things>> = {
  index: 'index',
  endpoint: 'endpoint',
  delivery: 'delivery',
  mailbox: 'mailbox',
  part: 'part',
};

const hook = { url: 'https://example.org/hook', events: ['job.succeeded'] };
const nothing: Fill = () => undefined;
const letters: Fill = ({ mailbox, letter }) => ({ mailbox, ids: [letter] });

/** The body of every call that may have one. */
const BODIES: Readonly<Record<string, Fill>> = {
  'PUT /v1/indexes/{index}': () => ({}),
  'POST /v1/indexes/{index}/documents': ({ document }) => `{"_id":"${document}","t":"mine"}\n`,
  'POST /v1/analyze': () => ({ text: 'mine' }),
  'POST /v1/indexes/{index}/analyze': () => ({ text: 'mine' }),
  'POST /v1/indexes/{index}/compact': () => ({ force: true }),
  'POST /v1/indexes/{index}/warm': nothing,
  'POST /v1/indexes/{index}/delete-by-query': () => ({ query: { match_all: {} } }),
  'POST /v1/indexes/{index}/export': () => ({ query: { match_all: {} } }),
  'POST /v1/indexes/{index}/imports': ({ index }) => ({ source: `file:///data/${index}` }),
  'POST /v1/indexes/{index}/search': () => ({ query: { match_all: {} } }),
  'POST /v1/jobs/{id}/retry': nothing,
  'POST /v1/keys': () => ({ name: 'mine', scopes: ['search'], indexes: ['other-*'] }),
  'POST /v1/webhooks': () => ({ ...hook, indexes: ['other-*'] }),
  'PATCH /v1/webhooks/{endpoint}': () => ({ description: 'mine' }),
  'POST /v1/webhooks/{endpoint}/rotate': nothing,
  'POST /v1/webhooks/{endpoint}/test': nothing,
  'POST /v1/webhooks/{endpoint}/deliveries/{delivery}/replay': nothing,
  'POST /v1/webhooks/callback-secret': nothing,
  'POST /v1/admin/dead-letters/replay': letters,
  'POST /v1/admin/dead-letters/discard': letters,
  'POST /v1/admin/jobs/{id}/cancel': nothing,
  'POST /v1/admin/queues/{mailbox}/pause': nothing,
  'POST /v1/admin/queues/{mailbox}/resume': nothing,
  'POST /v1/admin/workers/{id}/drain': nothing,
  'POST /v1/admin/workers/{id}/undrain': nothing,
};

/** Query parameters that name things; each is tried by itself. */
const QUERIES: Readonly<Record<string, keyof Things>> = {
  index: 'index',
  tenant: 'tenant',
  mailbox: 'mailbox',
  after: 'job',
};
/** Those that name nothing which belongs to anybody. */
const HARMLESS = new Set(
  'wait format onError idField name kind state limit callbackUrl callbackEvents callbackCoverage callbackHits q size from sort timeout consistency searchType conflicts maxDocs dryRun'.split(
    ' ',
  ),
);

/**
 * Every route of the document, and each of its parameters that names something, as calls. Throws for a route, a body or a
 * parameter that this file does not know how to fill: whoever adds one has to say what of it could belong to another.
 */
export function routeCalls(paths: Paths): RouteCall[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([verb, operation]) => callsOf(verb.toUpperCase(), path, operation)),
  );
}

function callsOf(method: string, path: string, { parameters = [] }: Operation): RouteCall[] {
  const name = `${method} ${path}`;
  const fillPath = pathFiller(path);
  const body = BODIES[name];
  if (!body && ['POST', 'PUT', 'PATCH'].includes(method)) throw unknown(`the body of ${name}`);
  const plain: RouteCall = { name, method, of: (things) => ({ path: fillPath(things), body: body?.(things) }) };
  const queries = parameters.filter((one) => one.in === 'query').map((one) => one.name);
  for (const query of queries) if (!QUERIES[query] && !HARMLESS.has(query)) throw unknown(`?${query} of ${name}`);
  const named = queries.filter((query) => QUERIES[query] !== undefined);
  return [
    plain,
    ...named.map((query) => ({
      name: `${name}?${query}=`,
      method,
      of: (things: Things) => {
        const { path: filled, body: sent } = plain.of(things);
        return { path: `${filled}?${query}=${encodeURIComponent(things[QUERIES[query]!])}`, body: sent };
      },
    })),
  ];
}

function pathFiller(path: string): (things: Things) => string {
  const parts = path.split(/\{(\w+)\}/);
  const wanted = parts.map((part, i) => (i % 2 === 0 ? undefined : thingOf(path, part)));
  return (things) =>
    parts.map((part, i) => (wanted[i] === undefined ? part : encodeURIComponent(things[wanted[i]]))).join('');
}

function thingOf(path: string, parameter: string): keyof Things {
  const found = parameter === 'id' ? IDS.find(([route]) => path.startsWith(route))?.[1] : PARAMETERS[parameter];
  if (found === undefined) throw unknown(`{${parameter}} of ${path}`);
  return found;
}

const unknown = (what: string): Error =>
  new Error(`route-calls-fixture.ts does not know ${what}: say there what of it may belong to another tenant`);
