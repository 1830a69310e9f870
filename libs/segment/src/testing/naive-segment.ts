import { TokenBuffer } from '#libs/analysis';
import { compareCodePoints } from '#libs/kernel';
import type { FieldSpec, FieldType } from '../field-spec.ts';
import { encodeNorm } from '../length-norm.ts';
import type { TestDocument } from './build-segment.ts';
import type { ReadField, ReadSegment } from './read-everything.ts';
import { wordAnalyzer } from './word-analyzer.ts';

type Types = Readonly<Record<string, FieldType | FieldSpec>>;

/** What `readEverything` must find, computed with plain maps: the oracle. */
export function naiveSegment(documents: readonly TestDocument[], types: Types): ReadSegment {
  const order = documents
    .map(({ id }, doc) => ({ id: id.toWellFormed(), doc }))
    .toSorted((a, b) => compareCodePoints(a.id, b.id) || a.doc - b.doc);
  const ranks = documents.map((_, doc) => order.findIndex((entry) => entry.doc === doc));
  const names = [...new Set(documents.flatMap(({ values }) => Object.keys(values)))];
  const fields: Record<string, ReadField> = {};
  for (const name of names) {
    const given = types[name]!;
    const type = typeof given === 'string' ? given : given.type;
    const values = documents.map((document) => document.values[name] ?? []);
    const field =
      type === 'text' ? textField(values) : type === 'keyword' ? keywordField(values) : numberField(type, values);
    if (field.docCount > 0) fields[name] = field;
  }
  return {
    docCount: documents.length,
    documents: documents.map(({ id, source, values }) => ({
      id: id.toWellFormed(),
      source: source ?? JSON.stringify(values),
    })),
    ids: order.filter(({ id }, i) => order[i + 1]?.id !== id).map(({ id, doc }) => [id, doc]),
    ranks,
    fields,
  };
}

const sorted = <T>(postings: Map<string, T>): Record<string, T> =>
  Object.fromEntries([...postings].toSorted(([a], [b]) => compareCodePoints(a, b)));

function textField(values: readonly (readonly (string | number)[])[]): ReadField {
  const postings = new Map<string, number[][]>();
  const norms: number[] = [];
  const tokens = new TokenBuffer();
  let tokenCount = 0;
  values.forEach((list, doc) => {
    let base = 0;
    let length = 0;
    for (const value of list) {
      wordAnalyzer.analyze(String(value), tokens);
      let last = -1;
      for (let i = 0; i < tokens.length; i++) {
        const position = base + tokens.positions[i]!;
        if (position !== last) length++;
        last = position;
        const term = tokens.terms[i]!.toWellFormed();
        const ofTerm = postings.get(term) ?? [];
        postings.set(term, ofTerm);
        if (ofTerm.at(-1)?.[0] !== doc) ofTerm.push([doc, 0]);
        ofTerm.at(-1)![1]!++;
        ofTerm.at(-1)!.push(position);
      }
      tokenCount += tokens.length;
      if (last >= 0) base = last + 1;
      base += 100;
    }
    norms.push(encodeNorm(length));
  });
  const docCount = norms.filter((norm) => norm > 0).length;
  return { type: 'text', docCount, tokenCount, termCount: postings.size, postings: sorted(postings), norms };
}

function keywordField(values: readonly (readonly (string | number)[])[]): ReadField {
  const postings = new Map<string, number[][]>();
  const columns = values.map((list, doc) => {
    const distinct = [...new Set(list.map((value) => String(value).toWellFormed()))].toSorted(compareCodePoints);
    for (const term of distinct) postings.set(term, [...(postings.get(term) ?? []), [doc, 1]]);
    return distinct;
  });
  const docCount = columns.filter((list) => list.length > 0).length;
  return {
    type: 'keyword',
    docCount,
    tokenCount: 0,
    termCount: postings.size,
    postings: sorted(postings),
    values: columns,
  };
}

function numberField(type: FieldType, values: readonly (readonly (string | number)[])[]): ReadField {
  const columns = values.map((list) => Array.from(Float64Array.from(list, Number).toSorted()));
  return {
    type,
    docCount: columns.filter((list) => list.length > 0).length,
    tokenCount: 0,
    termCount: 0,
    values: columns,
  };
}
