import type { Definition } from './options.ts';

/** Analyzers of an index's own, and what they are made of, by name, in Elasticsearch's shape. JSON; kept as it was given. */
export interface AnalysisSettings {
  readonly analyzer?: Readonly<Record<string, Definition>>;
  readonly tokenizer?: Readonly<Record<string, Definition>>;
  readonly filter?: Readonly<Record<string, Definition>>;
  readonly char_filter?: Readonly<Record<string, Definition>>;
  readonly normalizer?: Readonly<Record<string, Definition>>;
}

export type ComponentKind = keyof AnalysisSettings;

export const COMPONENT_KINDS: readonly ComponentKind[] = [
  'analyzer',
  'tokenizer',
  'filter',
  'char_filter',
  'normalizer',
];
