import { isQuarryError } from '#libs/kernel';
import { parseSearchRequest } from '../syntax/parse-search-request.ts';
import { REQUEST_SEEDS } from './request-seeds.ts';

/** Seeds that are there for being refused: what stands beside such a thing is never executed. */
const REFUSED = new Map([
  ['aggs.rare', 'unknown_aggregation'],
  ['collapse', 'unsupported_option'],
]);

it('every seed of the fuzzer is understood as a whole, or refused for the one thing in it', () => {
  const refused = REQUEST_SEEDS.flatMap((seed) => {
    try {
      parseSearchRequest(JSON.parse(JSON.stringify(seed)));
      return [];
    } catch (error) {
      if (!isQuarryError(error)) throw error;
      return [[error.message.split(':')[0], error.code]];
    }
  });
  expect(refused).toEqual([...REFUSED]);
});
