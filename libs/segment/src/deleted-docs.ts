/** Which documents of a segment are not deleted: bit d of a little-endian bitmap is 1 when document d IS deleted. */
export interface DeletedDocs {
  readonly docCount: number;
  readonly deletedCount: number;
  /** ceil(docCount / 32) words. */
  readonly words: Uint32Array;
}

export const isDeleted = (deleted: DeletedDocs, doc: number): boolean =>
  ((deleted.words[doc >>> 5]! >>> (doc & 31)) & 1) === 1;
