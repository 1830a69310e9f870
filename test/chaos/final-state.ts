import type { Client } from './client.ts';
import { COUNT_BATCHES, type Ledger, wrongWithCounts } from './ledger.ts';
import type { Violations } from './violations.ts';

const PAGE = 2_500;

interface Page {
  readonly coverage: number;
  readonly hits: readonly {
    readonly _id: string;
    readonly _source: { readonly n: number; readonly batch: string; readonly revision: number };
    readonly sort: readonly unknown[];
  }[];
}

/** With everything healthy again: every document of every batch is there once, in its last revision, and no other. */
export async function checkFinalState(client: Client, ledger: Ledger, violations: Violations): Promise<void> {
  for (const index of ledger.indexes()) {
    const batches = ledger.doneOf(index);
    const counted = await search(client, index, COUNT_BATCHES, violations);
    if (counted === undefined) continue;
    const wrong = (counted as Page).coverage < 1 ? 'coverage < 1' : wrongWithCounts(counted, batches, batches);
    if (wrong !== undefined) violations.add(`in the end, ${index}: ${wrong}`);
    const left = new Map(batches.flatMap((batch) => numbersOf(batch).map((n) => [`d${n}`, batch])));
    let searchAfter: readonly unknown[] | undefined;
    for (;;) {
      const body = { size: PAGE, sort: [{ n: 'asc' }], ...(searchAfter && { searchAfter }) };
      const page = (await search(client, index, body, violations)) as Page | undefined;
      for (const { _id, _source } of page?.hits ?? []) {
        const batch = left.get(_id);
        if (!left.delete(_id)) violations.add(`in the end, ${index}: ${_id} is there twice, or was never done`);
        else if (_source.batch !== batch!.name || _source.revision !== batch!.revision)
          violations.add(`in the end, ${index}: ${_id} is ${JSON.stringify(_source)}, not revision ${batch!.revision}`);
      }
      if (!page || page.hits.length < PAGE) break;
      searchAfter = page.hits.at(-1)!.sort;
    }
    if (left.size > 0)
      violations.add(`in the end, ${index}: ${left.size} documents are lost, ${[...left.keys()][0]} first`);
  }
}

const numbersOf = ({ first, count }: { first: number; count: number }): number[] =>
  Array.from({ length: count }, (_, i) => first + i);

async function search(client: Client, index: string, body: unknown, violations: Violations): Promise<unknown> {
  const path = `/v1/indexes/${index}/search?wait=30s`;
  const end = await client.run({ method: 'POST', path, body: JSON.stringify(body) });
  if (end && 'result' in end) return end.result;
  violations.add(`in the end, ${index}: the search ended ${end ? `${end.state} (${end.code})` : 'never'}`);
  return undefined;
}
