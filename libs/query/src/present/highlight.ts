import { TokenBuffer } from '#libs/analysis';
import type { FieldSpec } from '#libs/segment';
import { DEFAULT_ANALYZER, keywordTerm } from '../compile/analyze-query.ts';
import { matchesPattern } from '../compile/name-pattern.ts';
import type { CompiledQuery } from '../compile/compiled-query.ts';
import type { HighlightField, HighlightRequest } from '../search-request.ts';
import type { QuerySchema } from '../search.ts';
import { findMarks, type Mark } from './find-marks.ts';
import { cutFragments, markAll, type Fragment } from './fragments.ts';
import { collectMarks, type FieldMarks } from './highlight-terms.ts';
import { valuesAt } from './source-values.ts';

/**
 * Marks the words of a query in a document's own text: the stored values are analyzed again, so that what is marked is
 * what matched. Offsets come from the analyzer, so no character is ever cut in two; markup in the text is left as it is.
 */
export class Highlighter {
  private readonly marks: ReadonlyMap<string, FieldMarks>;
  private readonly fields: readonly { readonly name: string; readonly options: HighlightField }[];
  private readonly tokens = new TokenBuffer();

  constructor(
    request: HighlightRequest,
    { query }: CompiledQuery,
    private readonly schema: QuerySchema,
  ) {
    this.marks = collectMarks(query);
    const names = schema.fieldNames();
    const fields = new Map<string, HighlightField>();
    for (const [pattern, options] of Object.entries(request.fields)) {
      const matching = pattern.includes('*') ? names.filter((name) => matchesPattern(pattern, name)) : [pattern];
      for (const name of matching) if (!fields.has(name)) fields.set(name, options);
    }
    this.fields = [...fields].map(([name, options]) => ({ name, options }));
  }

  /** By field: fragments, best first; fields without a match are absent. Undefined: none matched. */
  highlight(source: unknown): Record<string, string[]> | undefined {
    const found = this.fields.flatMap(({ name, options }): [string, string[]][] => {
      const fragments = this.fragments(source, name, options);
      return fragments.length > 0 ? [[name, fragments]] : [];
    });
    return found.length > 0 ? Object.fromEntries(found) : undefined;
  }

  private fragments(source: unknown, name: string, options: HighlightField): string[] {
    const marks = this.marks.get(name);
    const spec = this.schema.field(name);
    if (!marks || !spec) return [];
    const texts = valuesAt(source, spec.source ?? name).map(String);
    const marked = texts.map((text) => ({ text, marks: this.marksIn(text, marks, spec) }));
    if (options.numberOfFragments === 0) {
      if (marked.every((value) => value.marks.length === 0)) return [];
      return marked.map((value) => markAll(value.text, value.marks, options));
    }
    const fragments = marked.flatMap((value): Fragment[] => cutFragments(value.text, value.marks, options));
    return fragments
      .toSorted((a, b) => b.score - a.score)
      .slice(0, options.numberOfFragments)
      .map(({ text }) => text);
  }

  private marksIn(text: string, marks: FieldMarks, spec: FieldSpec): Mark[] {
    if (spec.type !== 'text') {
      // A keyword is one word.
      const term = keywordTerm(text, spec, this.schema);
      const matches = marks.terms.has(term) || marks.matchers.some((isMeant) => isMeant(term));
      return matches && text !== '' ? [{ start: 0, end: text.length, term: text }] : [];
    }
    this.schema.analyzer(spec.analyzer ?? DEFAULT_ANALYZER).analyze(text, this.tokens);
    return findMarks(this.tokens, marks);
  }
}
