export { DocumentMapper, type MappedDocument } from './document-mapper.ts';
export { inferFields } from './infer-fields.ts';
export { parseDate } from './parse-date.ts';
export { validateFields } from './validate-fields.ts';
