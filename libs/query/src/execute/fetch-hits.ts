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
}

/**
 * The hits of a task: chooses among the segments' candidates and reads their documents, in one round for all segments
 * (and one before it when keywords are sorted by: their values are ordinals until then). Where the page ends within a tie
 * of several segments, all documents of the tie are read, since only ids can tell which of them belong.
 * A segment that fails, or does not answer before the deadline, gets its `error`, and the answer is then of no use.
 */
export async function fetchHits(
  states: readonly SegmentState[],
  sort: SortPlan,
  request: SearchRequest,
  limit: number,
  deadline: Deadline,
  details?: HitDetails,
): Promise<PartialHit[]> {
  const values = sort.byScore
    ? []
    : await Promise.all(states.map((state) => attempt(state, deadline, () => sortValues(state, sort))));
  if (states.some(({ error }) => error)) return [];
  const found = states.flatMap((state, at) =>
    (state.hits?.candidates ?? []).map((candidate, nth): Found => ({
      state,
      candidate,
      values: values[at]?.[nth] ?? NO_VALUES,
    })),
  );
  const order = (a: Found, b: Found): number => compareFound(sort, a, b);
  const chosen = choose(found.toSorted(order), order, limit);
  const documents = new Map<Found, StoredDocument>();
  await Promise.all(
    states.map((state) =>
      attempt(state, deadline, async () => {
        const own = chosen.filter((hit) => hit.state === state);
        const read = await readDocuments(state, own, request);
        for (const [at, hit] of own.entries()) documents.set(hit, read[at]!);
      }),
    ),
  );
  if (states.some(({ error }) => error)) return [];
  const id = (hit: Found): string => documents.get(hit)!.id;
  const page = chosen
    .toSorted((a, b) => order(a, b) || compareCodePoints(id(a), id(b)) * (sort.idDescending ? -1 : 1))
    .slice(0, limit);
  const shown = details && new Map(states.map((state) => [state, detailsOf(state, page, details)]));
  return page.map((hit) => ({
    id: id(hit),
    score: sort.scored ? hit.candidate.score : null,
    ...(request.sort.length > 0 && { sort: requestedValues(request, hit, id(hit)) }),
    segment: hit.state.segment.id,
    source: textOf(documents.get(hit)!.source),
    ...shown?.get(hit.state)?.get(hit.candidate.doc),
  }));
}

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

/** The stored documents, and what the segment's aggregations wait for. */
async function readDocuments(
  state: SegmentState,
  own: readonly Found[],
  request: SearchRequest,
): Promise<readonly StoredDocument[]> {
  const { data, collected } = state;
  const wave = data.reader.wave();
  const documents = own.length > 0 ? askDocuments(wave, state, own, request) : undefined;
  const finish = collected?.ask(wave);
  if (documents || finish) await wave.flush();
  state.aggs = finish?.() ?? {};
  return documents?.() ?? [];
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
