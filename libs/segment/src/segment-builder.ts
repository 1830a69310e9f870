import type { Analyzer } from '#libs/analysis';
import type { Yielder } from '#libs/kernel';
import type { FieldSpec } from './field-spec.ts';
import type { SegmentMeta } from './segment-meta.ts';

/**
 * The writing side: documents in, one immutable segment out. States: open (between documents), in a document, finished.
 * Values are handed in one by one so that nothing is built up between the JSON and the arenas. Values must already obey
 * their field's type: mapping and validation happen before (libs/index). A second document with the same `_id`
 * supersedes the first.
 */
export interface SegmentBuilder {
  readonly docCount: number;
  /** What the builder holds now, in bytes, within 10 %: the caller finishes it when a budget is reached. */
  readonly heldBytes: number;

  /** The field's number for the add methods; the same number for the same name. Legal at any time before `finish`. */
  field(name: string, spec: FieldSpec): number;

  /** @param source the document's JSON, UTF-8, kept as it is */
  startDocument(id: string, source: Uint8Array): void;
  /** Several values of one field: the second begins 100 positions after the first ends (Lucene's position gap). */
  addText(field: number, text: string): void;
  addKeyword(field: number, value: string): void;
  /** long, double, boolean (0 or 1) and date fields. */
  addNumber(field: number, value: number): void;
  endDocument(): void;

  /**
   * Ends the building; what remains is encoded while its bytes are read. The builder is finished afterwards, whatever
   * happens. At least one document is required.
   * @param yielder gives the event loop its turns in the course of that
   */
  finish(yielder: Yielder): BuiltSegment;
}

/** A segment on its way to the store: encoded as it is read, so an upload and the encoding go on together. */
export interface BuiltSegment {
  /**
   * The object's bytes in order, about a MiB at a time, each chunk in a buffer of its own that nobody else looks at. Nothing is
   * encoded before it is asked for; what has been handed out is not held any more. May be iterated once.
   */
  chunks(): AsyncIterable<Uint8Array>;
  /** Of the object whose bytes were read to their end; looked at before, it throws. */
  readonly meta: SegmentMeta;
  /** What is still held, in bytes, about. While a field is encoded, its encoded form comes on top. */
  readonly heldBytes: number;
}

export interface SegmentBuilderOptions {
  /** By the names that field specs use. */
  readonly analyzer: (name: string) => Analyzer;
}
