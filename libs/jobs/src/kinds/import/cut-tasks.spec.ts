import fc from 'fast-check';
import { cutTasks } from './cut-tasks.ts';
import { fileKind } from './file-kind.ts';
import type { SourceFile } from './expand-sources.ts';

describe('cutTasks', () => {
  const file = fc.record<SourceFile>({
    url: fc.constant('file:///x'),
    size: fc.nat(5000),
    format: fc.constantFrom('ndjson', 'csv', 'text'),
    compression: fc.constantFrom('none', 'gzip'),
  });

  it('covers every byte of every file exactly once, in order', () => {
    fc.assert(
      fc.property(fc.array(file, { maxLength: 20 }), fc.integer({ min: 10, max: 2000 }), (files, taskBytes) => {
        const parts = cutTasks(files, taskBytes).flatMap((task) => task.parts);
        for (const [at, source] of files.entries()) {
          const own = parts.filter((part) => part.file === at);
          expect(own[0]!.from).toBe(0);
          expect(own.at(-1)!.to).toBe(source.size);
          own.slice(1).forEach((part, i) => expect(part.from).toBe(own[i]!.to));
          if (source.format !== 'ndjson' || source.compression !== 'none') expect(own).toHaveLength(1);
        }
        expect(parts.map((part) => part.file)).toEqual(parts.map((part) => part.file).toSorted((a, b) => a - b));
      }),
    );
  });

  it('puts small files together and cuts large ones', () => {
    const small = { url: 'file:///s', size: 10, format: 'text', compression: 'none' } as const;
    const large = { url: 'file:///l', size: 1000, format: 'ndjson', compression: 'none' } as const;
    expect(cutTasks([small, small, small], 100)).toHaveLength(1);
    expect(cutTasks([large], 100)).toHaveLength(10);
  });
});

describe('fileKind', () => {
  it.each([
    ['a.ndjson', { format: 'ndjson', compression: 'none' }],
    ['dir.v2/a.JSONL.gz', { format: 'ndjson', compression: 'gzip' }],
    ['a.csv.zst', { format: 'csv', compression: 'zstd' }],
    ['README.md', { format: 'markdown', compression: 'none' }],
    ['ndjson', undefined],
    ['photo.png', undefined],
    ['archive.gz', undefined],
  ])('%s', (name, kind) => {
    expect(fileKind(name)).toEqual(kind);
  });

  it('takes the word of who asks', () => {
    expect(fileKind('part-0001.gz', 'ndjson')).toEqual({ format: 'ndjson', compression: 'gzip' });
  });
});
