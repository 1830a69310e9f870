import { checkIndexName } from './index-name.ts';
import { isImmutableKey, objectPaths } from './object-paths.ts';

const codeOf = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return (error as { code: unknown }).code;
  }
  return 'accepted';
};

describe('index names', () => {
  it.each(['a', '0', 'logs-2026.11', 'a_b', 'a..b', 'x'.repeat(255)])('accepts %j', (index) => {
    expect(checkIndexName({ tenant: 'acme', index })).toEqual({ tenant: 'acme', index });
  });

  it.each([
    '../x',
    '..',
    '.',
    '.hidden',
    'a/b',
    'a\\b',
    '%2e%2e',
    'Upper',
    '',
    'a b',
    'a\n',
    'a\0',
    'ä',
    '-a',
    '_a',
    'x'.repeat(256),
    'x'.repeat(300),
  ])('refuses %j as index and as tenant, naming the value', (name) => {
    expect(codeOf(() => objectPaths({ tenant: 'acme', index: name }))).toBe('bad_index_name');
    expect(codeOf(() => objectPaths({ tenant: name, index: 'a' }))).toBe('bad_tenant_name');
    expect(() => objectPaths({ tenant: 'acme', index: name })).toThrow(JSON.stringify(name.slice(0, 80)).slice(0, -1));
  });

  it('refuses what is no string at all', () => {
    expect(codeOf(() => objectPaths({ tenant: 'acme', index: undefined as unknown as string }))).toBe('bad_index_name');
    expect(codeOf(() => objectPaths({ tenant: 'acme', index: ['a'] as unknown as string }))).toBe('bad_index_name');
  });
});

describe('object paths', () => {
  const paths = objectPaths({ tenant: 'acme', index: 'logs' });

  it('are those of the layout', () => {
    expect(paths.manifest(7)).toBe('acme/logs/manifest/00000000000000000007.json');
    expect(paths.segment('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toMatch(
      /^acme\/logs\/segment\/[0-9a-f]{2}\/01ARZ3NDEKTSV4RRFFQ69G5FAV\.seg$/,
    );
    expect(paths.deletesOf('seg', 12, 'c1')).toBe('acme/logs/deletes/seg/00000000000000000012-c1.del');
    expect(paths.stagingOf('job', 'task/1.json')).toBe('acme/logs/staging/job/task/1.json');
    expect(paths.boundary).toBe('acme/logs/boundary');
  });

  it('tells what never changes', () => {
    expect([paths.segment('s'), paths.deletesOf('s', 1, 'c')].every(isImmutableKey)).toBe(true);
    const changing = [paths.manifest(1), paths.boundary, paths.stagingOf('job', 'segment/1'), 'a/segment/x'];
    expect(changing.some(isImmutableKey)).toBe(false);
  });

  it.each(['..', 'a//b', '/a', 'a/../b', '', 'a\\b', '.x'])('refuse %j as a staging file', (file) => {
    expect(codeOf(() => paths.stagingOf('job', file))).toBe('bad_path');
  });

  it.each(['..', 'a/b', ''])('refuse %j as a segment or a job', (id) => {
    expect(codeOf(() => paths.segment(id))).toBe('bad_path');
    expect(codeOf(() => paths.stagingOf(id, 'x'))).toBe('bad_path');
  });
});
