import { asNumber, asText, withParameters, type Parameters, type ReadParameter } from '../http/parameters-in-body.ts';

/** `date:desc` as Elasticsearch's URL search writes it. */
const asSort: ReadParameter = (value) =>
  value.split(',').map((text) => {
    const [field, order] = text.split(':');
    return order === undefined ? field : { [field!]: order };
  });

const KNOWN: Readonly<Record<string, ReadParameter>> = {
  size: asNumber,
  from: asNumber,
  q: asText,
  sort: asSort,
  timeout: asText,
  consistency: asText,
  searchType: asText,
  search_type: asText,
};

/** The body with what the URL says; the two must not both say the same thing. Throws `invalid` (`bad_parameter`). */
export const requestFromParameters = (parameters: Parameters, body: unknown): unknown =>
  withParameters(parameters, body, KNOWN);
