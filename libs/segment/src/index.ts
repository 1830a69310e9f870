export * from './columns/column.ts';
export * from './deleted-docs.ts';
export * from './field-spec.ts';
export * from './length-norm.ts';
export * from './postings/postings.ts';
export * from './segment-builder.ts';
export * from './segment-meta.ts';
export * from './segment-reader.ts';
