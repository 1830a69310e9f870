/** What `suggest` asks for under one name. */
export type Suggester = TermSuggester | CompletionSuggester;

/** Words like those of a text. */
export interface TermSuggester {
  readonly type: 'term';
  readonly path: string;
  readonly field: string;
  readonly text: string;
  readonly size: number;
  readonly sort: 'score' | 'frequency';
  /** `missing`: only for words that no document has; `popular`: only words that more documents have; `always`. */
  readonly mode: 'missing' | 'popular' | 'always';
  readonly maxEdits: number;
  readonly prefixLength: number;
  readonly minWordLength: number;
  readonly minDocFreq: number;
}

/** Words that begin so. */
export interface CompletionSuggester {
  readonly type: 'completion';
  readonly path: string;
  readonly field: string;
  readonly prefix: string;
  readonly size: number;
}
