import { LeftOut } from './left-out.ts';
import { elasticError } from './elastic-errors.ts';
import { definitionOf } from './elastic-mapping.ts';
import type { QuarryAnswer, QuarryCalls } from './quarry-calls.ts';
import type { ElasticAnswer } from './story.ts';

type Json = Record<string, unknown>;
interface Action {
  readonly type: string;
  readonly index: string;
  readonly id: string | undefined;
  readonly document: Json | undefined;
}
const TYPES = new Set(['index', 'create', 'delete', 'update']);

/** Index and document calls of Elasticsearch, made of Quarry's. */
export class ElasticWrites {
  private made = 0;
  constructor(private readonly quarry: QuarryCalls) {}

  async createIndex(index: string, body: unknown, expectsError: boolean): Promise<ElasticAnswer> {
    const answer = await this.quarry.call('PUT', index, definitionOf(body));
    if (answer.status >= 300) return elasticError(answer, expectsError);
    return { status: 200, body: { acknowledged: true, shards_acknowledged: true, index } };
  }

  async deleteIndexes(indexes: readonly string[], ignoreMissing: boolean): Promise<ElasticAnswer> {
    const there = await Promise.all(indexes.map((index) => this.quarry.call('GET', index)));
    const missing = there.find(({ status }) => status === 404);
    if (missing && !ignoreMissing) return elasticError(missing, true);
    for (const [at, index] of indexes.entries()) if (there[at]!.status === 200) await this.quarry.call('DELETE', index);
    return { status: 200, body: { acknowledged: true } };
  }

  /** Ids that the caller leaves out are given in ascending order: then equal scores come in the order of indexing. */
  async index(index: string, id: string | undefined, document: Json, type = 'index'): Promise<ElasticAnswer> {
    const _id = id ?? `made-${String(this.made++).padStart(9, '0')}`;
    if (type === 'create' && id !== undefined && (await this.quarry.call('GET', pathOf(index, id))).status === 200) {
      return { status: 409, body: { error: { type: 'version_conflict_engine_exception' }, status: 409 } };
    }
    const lines = `${JSON.stringify({ ...document, _id })}\n`;
    const answer = await this.quarry.call('POST', `${index}/documents?wait=60s`, lines);
    if (answer.status !== 200) return elasticError(answer, true);
    const { updated, errors } = answer.body as { updated: number; errors: Json[] };
    if (errors.length > 0) {
      const { code, detail } = errors[0]!;
      const error = { type: 'document_parsing_exception', reason: `${String(code)}: ${String(detail)}` };
      return { status: 400, body: { _index: index, _id, status: 400, error } };
    }
    const result = updated > 0 ? 'updated' : 'created';
    return { status: updated > 0 ? 200 : 201, body: { _index: index, _id, result } };
  }

  async remove(index: string, id: string): Promise<ElasticAnswer> {
    const answer = await this.quarry.call('DELETE', `${pathOf(index, id)}?wait=60s`);
    const found = answer.status === 200 && answer.body['deleted'] !== 0;
    return {
      status: found ? 200 : 404,
      body: { _index: index, _id: id, result: found ? 'deleted' : 'not_found' },
    };
  }

  async fetch(index: string, id: string): Promise<ElasticAnswer> {
    const { status, body } = await this.quarry.call('GET', pathOf(index, id));
    if (status !== 200) return { status, body: { _index: index, _id: id, found: false } };
    return { status, body: { _index: index, _id: id, found: true, _source: body['_source'] } };
  }

  async bulk(lines: readonly unknown[], defaultIndex: string | undefined): Promise<ElasticAnswer> {
    const actions = actionsOf(lines, defaultIndex);
    if (!Array.isArray(actions)) return actions;
    const answers = actions.length > 20 ? await this.together(actions) : await this.oneByOne(actions);
    const items = answers.map(({ status, body }, at) => ({ [actions[at]!.type]: { ...(body as Json), status } }));
    // What was not there to be deleted is no error.
    return { status: 200, body: { took: 0, errors: answers.some(({ body }) => 'error' in (body as Json)), items } };
  }

  private async oneByOne(actions: readonly Action[]): Promise<ElasticAnswer[]> {
    const answers: ElasticAnswer[] = [];
    for (const { type, index, id, document } of actions) {
      if (type === 'update') throw new LeftOut('API: _update');
      answers.push(
        type === 'delete' ? await this.remove(index, id ?? '') : await this.index(index, id, document ?? {}, type),
      );
    }
    return answers;
  }

  private async together(actions: readonly Action[]): Promise<ElasticAnswer[]> {
    if (actions.some(({ type }) => type !== 'index' && type !== 'create')) {
      throw new LeftOut('API: _update');
    }
    const answers: ElasticAnswer[] = [];
    for (const [index, group] of Map.groupBy(actions, (action) => action.index)) {
      const lines = group.map(({ id, document }) => {
        return JSON.stringify({ ...document, _id: id ?? `made-${String(this.made++).padStart(9, '0')}` });
      });
      const answer: QuarryAnswer = await this.quarry.call('POST', `${index}/documents?wait=60s`, lines.join('\n'));
      if (answer.status !== 200 || answer.body['failed'] !== 0) return [elasticError(answer, true)];
      answers.push(...group.map(() => ({ status: 201, body: { _index: index, result: 'created' } })));
    }
    return answers;
  }
}

const pathOf = (index: string, id: string): string => `${index}/documents/${encodeURIComponent(id)}`;

function actionsOf(lines: readonly unknown[], defaultIndex: string | undefined): Action[] | ElasticAnswer {
  const actions: Action[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [type, options] = Object.entries(lines[at] as Record<string, Json | null>)[0] ?? ['', null];
    if (!TYPES.has(type)) {
      return refusal('illegal_argument_exception', `Malformed action/metadata line [${at + 1}]`);
    }
    const index = (options?.['_index'] as string | undefined) ?? defaultIndex;
    if (index === undefined) {
      return refusal('action_request_validation_exception', 'Validation Failed: 1: index is missing;');
    }
    const id = options?.['_id'] as string | number | undefined;
    const document = type === 'delete' ? undefined : (lines[++at] as Json);
    actions.push({ type, index, id: id === undefined ? undefined : String(id), document });
  }
  return actions;
}

const refusal = (type: string, reason: string): ElasticAnswer => ({
  status: 400,
  body: { status: 400, error: { type, reason } },
});
