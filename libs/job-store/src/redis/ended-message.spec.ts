import fc from 'fast-check';
import { TERMINAL_STATES, type JobEnd } from '../job-store.ts';
import { readEndedMessage, writeEndedMessage } from './ended-message.ts';

const time = fc.nat(2_000_000_000_000);
const error = fc.record({ kind: fc.constant('internal' as const), code: fc.string(), message: fc.string() });
const end: fc.Arbitrary<JobEnd> = fc.record(
  {
    state: fc.constantFrom(...TERMINAL_STATES),
    startedAt: time,
    finishedAt: time,
    coverage: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
    result: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
    receipt: fc.dictionary(fc.string(), fc.string()).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
    error,
  },
  { requiredKeys: ['state', 'startedAt', 'finishedAt'] },
);

it('carries any end', () => {
  fc.assert(
    fc.property(fc.uuid(), end, (id, told) => {
      expect(readEndedMessage(writeEndedMessage(id, told))).toEqual({ id, end: told });
    }),
  );
});

it.each(['01A', '01A succeeded 1', '01A succeeded 1 2', '01A succeeded 1 2\n1\n{"a":\n\n', ''])(
  'tells only which job %j is about, when it does not understand the rest',
  (message) => {
    expect(readEndedMessage(message)).toEqual({ id: message.slice(0, 3) });
  },
);
