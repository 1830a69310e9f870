import { LeftOut } from './left-out.ts';
import { elasticError } from './elastic-errors.ts';
import { elasticResult, searchRequest } from './elastic-search.ts';
import { ElasticWrites } from './elastic-writes.ts';
import type { QuarryCalls } from './quarry-calls.ts';
import type { ElasticAnswer, ElasticCall } from './story.ts';

type Json = Record<string, unknown>;
const DONE: ElasticAnswer = {
  status: 200,
  body: { acknowledged: true, _shards: { total: 1, successful: 1, failed: 0 } },
};

/** Elasticsearch's calls answered by Quarry, for the suites: what Quarry has nothing like throws LeftOut. */
export class ElasticFacade {
  private readonly writes: ElasticWrites;
  constructor(private readonly quarry: QuarryCalls) {
    this.writes = new ElasticWrites(quarry);
  }

  /** @param expectsError whether the step wants to be refused */
  async answer(call: ElasticCall, expectsError: boolean): Promise<ElasticAnswer> {
    const parts = call.path.split('/').filter((part) => part !== '');
    const [first = '', api, id] = parts;
    if (first === '_bulk') return this.writes.bulk(linesOf(call), undefined);
    if (first === '_analyze') return this.analyze('../analyze', call, expectsError);
    if (first === '_msearch') return this.searchAll(linesOf(call), undefined);
    if (first === '' || first.startsWith('_')) throw new LeftOut(`API over all indexes: ${first === '' ? '/' : first}`);
    if (api === undefined) return this.ofIndex(first, call, expectsError);
    const index = oneIndex(first);
    switch (api) {
      case '_doc':
      case '_create':
        return this.ofDocument(index, id, api === '_create' ? 'create' : 'index', call);
      case '_bulk':
        return this.writes.bulk(linesOf(call), index);
      case '_search':
        if (id !== undefined) throw new LeftOut(`API: _search/${id}`);
        return this.search(index, call.body, call.parameters, expectsError);
      case '_analyze':
        return this.analyze(`${index}/analyze`, call, expectsError);
      case '_explain':
        return this.explain(index, id ?? '', call, expectsError);
      case '_source': {
        const { status, body } = await this.writes.fetch(index, id ?? '');
        return { status, body: status === 200 ? (body as Json)['_source'] : body };
      }
      case '_count':
        return this.count(index, call, expectsError);
      case '_msearch':
        return this.searchAll(linesOf(call), index);
      case '_delete_by_query':
        return this.deleteByQuery(index, call, expectsError);
      case '_refresh':
      case '_flush':
        // What was answered can be searched.
        return DONE;
      case '_settings':
        if (call.method !== 'PUT') throw new LeftOut('API: _settings');
        // Of replicas and refresh intervals, which are not here.
        return DONE;
      default:
        throw new LeftOut(`API: ${api}`);
    }
  }

  private async ofIndex(names: string, call: ElasticCall, expectsError: boolean): Promise<ElasticAnswer> {
    switch (call.method) {
      case 'PUT':
        return this.writes.createIndex(names, call.body, expectsError);
      case 'DELETE': {
        const ignored = String(call.parameters['ignore_unavailable']) === 'true';
        return this.writes.deleteIndexes(names.split(',').map(oneIndex), ignored);
      }
      case 'HEAD':
        return { status: (await this.quarry.call('GET', oneIndex(names))).status, body: {} };
      default:
        throw new LeftOut('API: the description of an index');
    }
  }

  private async ofDocument(
    index: string,
    id: string | undefined,
    type: string,
    { method, body }: ElasticCall,
  ): Promise<ElasticAnswer> {
    if (method === 'POST' || method === 'PUT') return this.writes.index(index, id, body as Json, type);
    if (id === undefined) throw new LeftOut(`API: ${method} _doc`);
    if (method === 'DELETE') return this.writes.remove(index, id);
    return this.writes.fetch(index, id);
  }

  private async search(
    index: string,
    body: unknown,
    parameters: Readonly<Json>,
    expectsError: boolean,
  ): Promise<ElasticAnswer> {
    const request = searchRequest(body, parameters);
    const answer = await this.quarry.call('POST', `${index}/search?wait=60s`, request);
    if (answer.status === 404 && String(parameters['ignore_unavailable']) === 'true') {
      return { status: 200, body: { hits: { total: { value: 0, relation: 'eq' }, hits: [] } } };
    }
    return answer.status === 200 ? elasticResult(index, request, answer) : elasticError(answer, expectsError);
  }

  private async count(index: string, { body, parameters }: ElasticCall, expectsError: boolean): Promise<ElasticAnswer> {
    const request = { ...(body as Json | undefined), size: 0, track_total_hits: true };
    const answer = await this.search(index, request, parameters, expectsError);
    if (answer.status !== 200) return answer;
    const { hits } = answer.body as { hits: { total: { value: number } } };
    return { status: 200, body: { count: hits.total.value, _shards: {} } };
  }

  private async searchAll(lines: readonly unknown[], defaultIndex: string | undefined): Promise<ElasticAnswer> {
    const responses: Json[] = [];
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const { index = defaultIndex, ...parameters } = lines[at] as Json;
      if (typeof index !== 'string') throw new LeftOut('several indexes in one call');
      const { status, body } = await this.search(oneIndex(index), lines[at + 1], parameters, false);
      responses.push({ status, ...(body as Json) });
    }
    return { status: 200, body: { took: 0, responses } };
  }

  private async analyze(path: string, { body }: ElasticCall, expectsError: boolean): Promise<ElasticAnswer> {
    const answer = await this.quarry.call('POST', path, body ?? {});
    return answer.status === 200 ? answer : elasticError(answer, expectsError);
  }

  private async explain(
    index: string,
    id: string,
    { body, parameters }: ElasticCall,
    expectsError: boolean,
  ): Promise<ElasticAnswer> {
    const request = { ...(body as Json | undefined), post_filter: { ids: { values: [id] } }, size: 1, explain: true };
    const answer = await this.search(index, request, parameters, expectsError);
    if (answer.status !== 200) return answer;
    const [hit] = (answer.body as { hits: { hits: Json[] } }).hits.hits;
    const matched = hit !== undefined;
    return {
      status: 200,
      body: { _index: index, _id: id, matched, ...(matched && { explanation: hit['_explanation'] }) },
    };
  }

  private async deleteByQuery(
    index: string,
    { body, parameters }: ElasticCall,
    expectsError: boolean,
  ): Promise<ElasticAnswer> {
    if (String(parameters['wait_for_completion']) === 'false') throw new LeftOut('API: _tasks');
    const answer = await this.quarry.call('POST', `${index}/delete-by-query?wait=60s`, body ?? {});
    if (answer.body['code'] === 'no_such_route') throw new LeftOut('API: _delete_by_query');
    if (answer.status !== 200) return elasticError(answer, expectsError);
    const { deleted } = answer.body;
    return { status: 200, body: { total: deleted, deleted, failures: [] } };
  }
}

function oneIndex(name: string): string {
  if (/[*,]/.test(name) || name === '_all') throw new LeftOut('several indexes in one call');
  return name;
}

function linesOf({ lines, body }: ElasticCall): readonly unknown[] {
  return lines ?? (Array.isArray(body) ? body : []);
}
