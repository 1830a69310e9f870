import type { SearchRequest } from './search-request.ts';

/** Whether the answer shows anything of the documents but their ids and sort values. */
export const needsSource = ({ source, fields, highlight }: SearchRequest): boolean =>
  source !== false || fields !== undefined || highlight !== undefined;
