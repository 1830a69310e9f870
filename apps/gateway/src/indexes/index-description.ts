import type { IndexSchema, Manifest } from '#libs/index';

/** What a client sees of an index. */
export interface IndexDescription extends ListedIndex {
  readonly schema: Pick<IndexSchema, 'fields' | 'dynamic' | 'maxFields' | 'analysis'>;
  readonly segmentList: readonly { id: string; documents: number; deleted: number; bytes: number }[];
}

export interface ListedIndex {
  readonly index: string;
  readonly version: number;
  /** Live ones. */
  readonly documents: number;
  readonly deletedDocuments: number;
  readonly segments: number;
  readonly bytes: number;
  readonly updatedAt: string;
}

export function listedIndex(index: string, manifest: Manifest): ListedIndex {
  let documents = 0;
  let deleted = 0;
  let bytes = 0;
  for (const segment of manifest.segments) {
    const gone = segment.deletes?.count ?? 0;
    documents += segment.docCount - gone;
    deleted += gone;
    bytes += segment.bytes;
  }
  return {
    index,
    version: manifest.version,
    documents,
    deletedDocuments: deleted,
    segments: manifest.segments.length,
    bytes,
    updatedAt: new Date(manifest.createdAt).toISOString(),
  };
}

export function describeIndex(index: string, manifest: Manifest): IndexDescription {
  const { fields, dynamic, maxFields, analysis } = manifest.schema;
  return {
    ...listedIndex(index, manifest),
    schema: { fields, dynamic, maxFields, ...(analysis && { analysis }) },
    segmentList: manifest.segments.map((segment) => ({
      id: segment.id,
      documents: segment.docCount - (segment.deletes?.count ?? 0),
      deleted: segment.deletes?.count ?? 0,
      bytes: segment.bytes,
    })),
  };
}
