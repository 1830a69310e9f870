/** Documents a zone map entry speaks for. */
export const ZONE_DOCS = 4096;

/**
 * A typed column. Document d's values are the entries [start(d), end(d)); most columns have exactly one a document and
 * then `starts` is undefined and entry d is document d's, present or not by `has`.
 */
export interface Column {
  readonly docCount: number;
  /** docCount + 1 entries when some document has several values or none; else undefined: entry d is document d's. */
  readonly starts: Uint32Array | undefined;
}

export interface NumericColumn extends Column {
  /** Ascending within a document. Narrow storage widened on access: value(i) = base + raw[i] * scale. */
  readonly raw: Uint8Array | Uint16Array | Uint32Array | Float64Array;
  readonly base: number;
  readonly scale: number;
  /** Per zone of ZONE_DOCS documents; ±Infinity swapped (min > max) for a zone without values. */
  readonly zoneMins: Float64Array;
  readonly zoneMaxs: Float64Array;
}

export interface KeywordColumn extends Column {
  /** Ordinals into the field's dictionary, ascending within a document. */
  readonly ordinals: Uint8Array | Uint16Array | Uint32Array;
  readonly termCount: number;
}
