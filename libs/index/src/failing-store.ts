import { QuarryError } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';

/** `before`: the call has no effect. `after`: it has, and its answer is lost. */
export type FailureMoment = 'before' | 'after';

/** A store whose n-th call from now fails, once; for tests that fail every call of an operation in turn. */
export function failingStore(
  inner: ObjectStore,
  nth: number,
  moment: FailureMoment,
): { store: ObjectStore; calls: () => number } {
  let calls = 0;
  const failure = (method: string): Error =>
    new QuarryError('unavailable', `call ${nth}, ${method}, failed ${moment} its effect`, {
      code: 'store_unavailable',
    });
  const store = new Proxy(inner, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function' || property === 'close') return value;
      const method = String(property);
      return (...rest: unknown[]): unknown => {
        const fails = ++calls === nth;
        if (method === 'list') return listed(target, rest as Parameters<ObjectStore['list']>, fails);
        return called(() => Reflect.apply(value, target, rest) as Promise<unknown>, method, fails);
      };
    },
  });

  async function called(call: () => Promise<unknown>, method: string, fails: boolean): Promise<unknown> {
    if (fails && moment === 'before') throw failure(method);
    const answer = await call();
    if (fails) throw failure(method);
    return answer;
  }
  async function* listed(target: ObjectStore, rest: Parameters<ObjectStore['list']>, fails: boolean) {
    if (fails && moment === 'before') throw failure('list');
    yield* target.list(...rest);
    if (fails) throw failure('list');
  }
  return { store, calls: () => calls };
}
