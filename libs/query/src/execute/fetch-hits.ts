import { asQuarryError, compareCodePoints, decodeUtf8 } from '#libs/kernel';
import type { Pending, ReadWave, StoredDocument } from '#libs/segment';
import { needsSource } from '../needs-source.ts';
import type { PartialHit } from '../search-partial.ts';
import type { SearchRequest } from '../search-request.ts';
import type { Deadline } from './deadline.ts';
import { hitDetails, type DetailsOfHit, type HitDetails } from './hit-details.ts';
import type { Candidate } from './segment-hits.ts';
import type { SegmentState } from './segment-state.ts';
import { compareSortValues, type SortPlan, type SortValue } from './sort-plan.ts';

const NO_VALUES: readonly SortValue[] = [];

interface Found {
  readonly state: SegmentState;
  readonly candidate: Candidate;
  /** One a sort key of the plan. */
  readonly values: readonly SortValue[];
  /** After the round that reads it. */
  document: StoredDocument | undefined;
}

/**
 * The hits of a task: chooses among the segments' candidates and reads their documents, in one round for all segments
 * (and one before it when keywords are sorted by: their values are ordinals until then). Where the page ends within a tie
 * of several segments, all documents of the tie are read, since only ids can tell which of them belong.
 * A segment that fails, or does not answer before the deadline, gets its `error`, and the answer is then of no use.
 * Not a promise where everything is at hand.
 */
export function fetchHits(
  states: readonly SegmentState[],
  sort: SortPlan,
  request: SearchRequest,
  limit: number,
  deadline: Deadline,
  details?: HitDetails,
): PartialHit[] | Promise<PartialHit[]> {
  const fetch = new HitFetch(states, sort, request, limit, deadline, details);
  return sort.byScore ? fetch.byScore() : fetch.byFields();
}

class HitFetch {
  private found: readonly Found[] = [];
  private reads: readonly (DocumentsRead | undefined)[] = [];

  constructor(
    private readonly states: readonly SegmentState[],
    private readonly sort: SortPlan,
    private readonly request: SearchRequest,
    private readonly limit: number,
    private readonly deadline: Deadline,
    private readonly details: HitDetails | undefined,
  ) {}

  byScore(): PartialHit[] | Promise<PartialHit[]> {
    for (const state of this.states) {
      for (const candidate of state.hits?.candidates ?? []) {
        (this.found as Found[]).push({ state, candidate, values: NO_VALUES, document: undefined });
      }
    }
    return this.read();
  }

  async byFields(): Promise<PartialHit[]> {
    const { states, sort, deadline } = this;
    const values = await Promise.all(states.map((state) => attempt(state, deadline, () => sortValues(state, sort))));
    if (states.some(({ error }) => error)) return [];
    this.found = states.flatMap((state, at) =>
      (state.hits?.candidates ?? []).map((candidate, nth): Found => ({
        state,
        candidate,
        values: values[at]?.[nth] ?? NO_VALUES,
        document: undefined,
      })),
    );
    return this.read();
  }

  private read(): PartialHit[] | Promise<PartialHit[]> {
    const { states, limit, deadline } = this;
    const order = (a: Found, b: Found): number => compareFound(this.sort, a, b);
    // One segment's candidates are in order, and not more than asked.
    if (states.length > 1) this.found = choose(this.found.toSorted(order), order, limit);
    const waits: Promise<unknown>[] = [];
    this.reads = states.map((state) => {
      try {
        const own = states.length === 1 ? this.found : this.found.filter((hit) => hit.state === state);
        const read = readDocuments(state, own, this.request);
        if (read.wait) waits.push(attempt(state, deadline, () => read.wait!));
        return read;
      } catch (error) {
        state.error = asQuarryError(error);
        return undefined;
      }
    });
    return waits.length === 0 ? this.page(order) : Promise.all(waits).then(() => this.page(order));
  }

  private page(order: (a: Found, b: Found) => number): PartialHit[] {
    const { states, sort, request, limit, details } = this;
    for (const [at, state] of states.entries()) {
      if (state.error) return [];
      try {
        this.reads[at]!.finish();
      } catch (error) {
        state.error = asQuarryError(error);
        return [];
      }
    }
    const direction = sort.idDescending ? -1 : 1;
    const page =
      states.length === 1
        ? this.found
        : this.found.toSorted((a, b) => order(a, b) || compareCodePoints(idOf(a), idOf(b)) * direction).slice(0, limit);
    const shown = details && new Map(states.map((state) => [state, detailsOf(state, page, details)]));
    return page.map((found) => {
      const { state, candidate } = found;
      const { id, source } = found.document!;
      const score = sort.scored ? candidate.score : null;
      const hit: PartialHit = { id, score, segment: state.segment.id, source: textOf(source) };
      if (request.sort.length === 0 && !shown) return hit;
      return {
        ...hit,
        ...(request.sort.length > 0 && { sort: requestedValues(request, found, id) }),
        ...shown?.get(state)?.get(candidate.doc),
      };
    });
  }
}

const idOf = ({ document }: Found): string => document!.id;

const detailsOf = (state: SegmentState, page: readonly Found[], details: HitDetails): Map<number, DetailsOfHit> =>
  hitDetails(
    page.filter((hit) => hit.state === state).map(({ candidate }) => candidate.doc),
    state.data,
    details,
  );

async function attempt<T>(state: SegmentState, deadline: Deadline, work: () => Promise<T>): Promise<T | undefined> {
  if (state.error) return undefined;
  try {
    return await deadline.race(work());
  } catch (error) {
    state.error = asQuarryError(error);
    return undefined;
  }
}

function compareFound({ byScore, keys }: SortPlan, a: Found, b: Found): number {
  if (byScore) return b.candidate.score - a.candidate.score;
  for (const [at, key] of keys.entries()) {
    const order = compareSortValues(key, a.values[at]!, b.values[at]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** @param found in order; the candidates of one segment are in order of id where they tie */
function choose(found: readonly Found[], order: (a: Found, b: Found) => number, limit: number): readonly Found[] {
  if (found.length <= limit || limit === 0) return found.slice(0, limit);
  const last = found[limit - 1]!;
  let end = limit;
  while (end < found.length && order(found[end]!, last) === 0) end++;
  let begin = limit - 1;
  while (begin > 0 && order(found[begin - 1]!, last) === 0) begin--;
  const tie = found.slice(begin, end);
  return tie.every(({ state }) => state === last.state) ? found.slice(0, limit) : found.slice(0, end);
}

/** The candidates' sort values, as the field has them. */
async function sortValues({ data, hits }: SegmentState, { keys }: SortPlan): Promise<SortValue[][]> {
  const { candidates } = hits!;
  if (candidates.length === 0 || candidates[0]!.keys.length === 0) return candidates.map(() => []);
  const wave = data.reader.wave();
  const columns = keys.map(({ field, spec, order, missingAs }, at) => {
    // Undoes what SortColumn did; + 0 makes 0 of -0.
    const numbers = candidates.map((candidate) => (order === 'desc' ? -candidate.keys[at]! : candidate.keys[at]!) + 0);
    if (spec?.type !== 'keyword') return { numbers, spec, missingAs };
    // Between two ordinals stands what a missing value counts as.
    const ordinals = [...new Set(numbers.filter((number) => Number.isInteger(number)))].toSorted((a, b) => a - b);
    return {
      numbers,
      spec,
      missingAs,
      ordinals,
      terms: ordinals.length > 0 ? wave.termsByOrdinal(field, ordinals) : undefined,
    };
  });
  if (columns.some(({ terms }) => terms)) await wave.flush();
  const valuesOf = columns.map(({ numbers, spec, missingAs, ordinals, terms }) => {
    const named = terms && new Map(terms.value.map((term, at) => [ordinals[at]!, term]));
    return numbers.map((number): SortValue => {
      if (!Number.isFinite(number)) return null;
      if (spec?.type === 'keyword') return Number.isInteger(number) ? named!.get(number)! : missingAs!;
      return spec?.type === 'boolean' ? number === 1 : number;
    });
  });
  return candidates.map((_, at) => valuesOf.map((values) => values[at]!));
}

/** A wave that reads documents; after it, `finish` hands them out. */
interface DocumentsRead {
  /** Undefined: all is at hand. */
  readonly wait: Promise<void> | undefined;
  finish(): void;
}

/** The stored documents, and what the segment's aggregations wait for. */
function readDocuments(state: SegmentState, own: readonly Found[], request: SearchRequest): DocumentsRead {
  const { data, collected } = state;
  const wave = data.reader.wave();
  const documents = own.length > 0 ? askDocuments(wave, state, own, request) : undefined;
  const aggs = collected?.ask(wave);
  const wait = documents || aggs ? wave.flush() : undefined;
  return {
    wait,
    finish: () => {
      state.aggs = aggs?.() ?? {};
      if (!documents) return;
      const read = documents();
      for (let at = 0; at < own.length; at++) own[at]!.document = read[at]!;
    },
  };
}

const NO_SOURCE = new Uint8Array(0);
const textOf = (source: Uint8Array): string => (source === NO_SOURCE ? '' : decodeUtf8(source));

/** The hits' documents; where nobody wants to see their sources, only their ids: the id index is a fraction of the size. */
function askDocuments(
  wave: ReadWave,
  { data }: SegmentState,
  own: readonly Found[],
  request: SearchRequest,
): () => readonly StoredDocument[] {
  const docs = own.map(({ candidate }) => candidate.doc);
  if (needsSource(request)) {
    const documents: Pending<StoredDocument[]> = wave.documents(docs);
    return () => documents.value;
  }
  const ids = wave.ids(docs, data.ranks);
  return () => ids.value.map((id) => ({ id, source: NO_SOURCE }));
}

/** One value for each key of the request; keys behind `_id` decide nothing and have none. */
function requestedValues({ sort }: SearchRequest, { candidate, values }: Found, id: string): SortValue[] {
  const idAt = sort.findIndex(({ field }) => field === '_id');
  return sort.map(({ field }, at) => {
    if (at === idAt) return id;
    if (idAt >= 0 && at > idAt) return null;
    return field === '_score' ? candidate.score : values[at]!;
  });
}
