import { QuarryError } from '#libs/kernel';
import type { IndexDefinition } from '#libs/index';
import type { ObjectStore } from '#libs/object-store';
import { importFixture } from './import-fixture.ts';
import type { ImportPartial } from './import-partial.ts';

/** The store, with one of its methods replaced. */
const withMethod = <K extends keyof ObjectStore>(store: ObjectStore, name: K, method: ObjectStore[K]): ObjectStore =>
  new Proxy(store, {
    get(target, property) {
      if (property === name) return method;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

const denied = (): QuarryError => new QuarryError('invalid', '403', { code: 'access_denied' });

const fields = (prefix: string, count: number): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, i])));

const LOGS = { tenant: 'acme', index: 'logs' };

async function imported(files: Record<string, string>, definition: IndexDefinition = {}): Promise<ImportPartial> {
  const { catalog, planned } = await importFixture(files);
  await catalog.create(LOGS, definition);
  const { kind, tasks, shared, spec, context } = await planned();
  return kind.run(tasks[0]!, shared, spec, context());
}

const documentsOf = (partial: ImportPartial): number =>
  partial.segments.reduce((sum, { meta }) => sum + meta.docCount, 0);

describe("a task's errors", () => {
  it('refuses a file that cannot be read, and reads the others', async () => {
    const partial = await imported({ 'a.json': '{"a":1}', 'b.json': '{"a":', 'c.json': '{"a":3}' });
    expect(partial).toMatchObject({ failed: 1, errors: [{ file: 1, line: -1, code: 'bad_json' }] });
    expect(documentsOf(partial)).toBe(2);
  });

  it('fails when our own store refuses a segment: no document is lost silently', async () => {
    const row = `${JSON.stringify({ text: 'word '.repeat(100) })}\n`;
    const { planned } = await importFixture(
      { 'a.ndjson': row.repeat(200), 'b.ndjson': row.repeat(200) },
      {
        memoryBytes: 50_000,
        wrap: (store) =>
          withMethod(store, 'putStream', async () => {
            throw denied();
          }),
      },
    );
    const { kind, tasks, shared, spec, context } = await planned();
    await expect(kind.run(tasks[0]!, shared, spec, context())).rejects.toMatchObject({ code: 'access_denied' });
  });

  it('fails when the schema cannot be read or written', async () => {
    const { catalog, planned } = await importFixture({ 'a.ndjson': '{"a":1}\n', 'b.ndjson': '{"b":1}\n' });
    const { kind, tasks, shared, spec, context } = await planned();
    catalog.extendSchema = async () => {
      throw denied();
    };
    await expect(kind.run(tasks[0]!, shared, spec, context())).rejects.toMatchObject({ code: 'access_denied' });
  });
});

describe('the schema of a task', () => {
  it('is extended once for files of the same fields', async () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}.json`, JSON.stringify({ n: i })]));
    const { catalog, planned } = await importFixture(files);
    const { kind, tasks, shared, spec, context } = await planned();
    const extend = catalog.extendSchema.bind(catalog);
    let extended = 0;
    catalog.extendSchema = (name, added) => {
      extended++;
      return extend(name, added);
    };
    const partial = await kind.run(tasks[0]!, shared, spec, context());
    expect(documentsOf(partial)).toBe(20);
    expect(extended).toBe(1);
  });

  it('refuses the documents whose fields are too many, whatever file they are in', async () => {
    const plain = '\n{"f0":1}\n';
    const separate = { 'a.ndjson': fields('f', 6) + plain, 'b.ndjson': fields('g', 6) + plain };
    const together = { 'a.ndjson': `${fields('f', 6)}${plain}${fields('g', 6)}${plain}` };
    for (const files of [separate, together]) {
      const partial = await imported(files, { settings: { maxFields: 10 } });
      expect(partial).toMatchObject({ failed: 1, errors: [{ code: 'too_many_fields' }] });
      expect(documentsOf(partial)).toBe(3);
    }
  });

  it('takes what still fits when another writer has taken the places meanwhile', async () => {
    const { catalog, planned } = await importFixture({
      'a.ndjson': `${fields('f', 6)}\n{"f0":1,"f1":1}\n{"theirs0":1}\n`,
    });
    await catalog.create(LOGS, { settings: { maxFields: 10 } });
    const { kind, tasks, shared, spec, context } = await planned();
    const extend = catalog.extendSchema.bind(catalog);
    let raced = false;
    catalog.extendSchema = async (name, added) => {
      if (!raced) {
        raced = true;
        const theirs = Array.from({ length: 8 }, (_, i) => [`theirs${i}`, { type: 'long', dynamic: true }] as const);
        await extend(name, Object.fromEntries(theirs));
      }
      return extend(name, added);
    };
    const partial = await kind.run(tasks[0]!, shared, spec, context());
    expect(partial).toMatchObject({ failed: 1, errors: [{ line: 0, code: 'too_many_fields' }] });
    expect(documentsOf(partial)).toBe(2);
  });
});
