import { requestFromParameters } from './request-from-parameters.ts';

it('adds what the URL says to the body', () => {
  const parameters = { q: 'a', size: '3', sort: 'year:desc,title', wait: '1s' };
  expect(requestFromParameters(parameters, { from: 2 })).toEqual({
    from: 2,
    q: 'a',
    size: 3,
    sort: [{ year: 'desc' }, 'title'],
  });
});

it.each([
  [{ q: ['a', 'b'] }],
  [{ sort: ['a', 'b'] }],
  [{ size: ['1', '2'] }],
  [{ size: '-1' }],
  [{ size: '1e3' }],
  [{ unknown: '1' }],
])('refuses %j', (parameters) => {
  expect(() => requestFromParameters(parameters as Record<string, string | string[]>, {})).toThrow(
    expect.objectContaining({ kind: 'invalid', code: 'bad_parameter' }),
  );
});
