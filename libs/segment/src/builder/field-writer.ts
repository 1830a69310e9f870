import type { DictionaryWriter } from '../dictionary/dictionary-writer.ts';
import type { SectionKind } from '../footer/section.ts';
import type { FinishedSection } from '../memory/section-writer.ts';
import type { KeywordFieldWriter } from './keyword-field-writer.ts';
import type { NumberFieldWriter } from './number-field-writer.ts';
import type { TextFieldWriter } from './text-field-writer.ts';

/** One field while a segment is built. Documents come in ascending order, each with any number of values. */
export type FieldWriter = TextFieldWriter | KeywordFieldWriter | NumberFieldWriter;

/** A field encoded; `docCount` is 0 when no document has it. */
export interface EncodedField {
  readonly docCount: number;
  readonly tokenCount: number;
  readonly termCount: number;
  readonly min?: number;
  readonly max?: number;
  /** Of text and keyword fields. */
  readonly dictionary: Pick<DictionaryWriter, 'index' | 'reach'> | undefined;
  readonly sections: readonly { readonly kind: SectionKind; readonly section: FinishedSection }[];
}
