import { corrupt, notFound, QuarryError } from '#libs/kernel';
import { problemOf } from './problem.ts';

const KEY = 't/i/staging/j/result';

describe('a problem', () => {
  it.each([
    ['an object that is gone', notFound('object_not_found', `there is no object "${KEY}"`, { key: KEY }), 404],
    ['a bug', new QuarryError('internal', `cannot put ${KEY}`, { details: { key: KEY } }), 500],
    ['an error of somebody else', new Error(`ENOENT ${KEY}`), 500],
  ])('does not tell where %s is kept', (_name, error, status) => {
    const problem = problemOf(error);
    expect(problem.status).toBe(status);
    expect(JSON.stringify(problem)).not.toContain(KEY);
  });

  it('does not name the object of what is damaged among its facts', () => {
    expect(problemOf(corrupt('a checksum does not match', { key: KEY, column: 'n' }))).toMatchObject({ column: 'n' });
    expect(problemOf(corrupt('a checksum does not match', { key: KEY }))).not.toHaveProperty('key');
  });

  it('tells what the client named', () => {
    const error = notFound('document_not_found', 'there is no document "a" in "i"', { id: 'a' });
    expect(problemOf(error)).toMatchObject({ status: 404, detail: error.message, id: 'a' });
  });
});
