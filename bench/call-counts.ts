/** How often each method of a port was called. */
export type CallCounts = Record<string, number>;

/** The port, with its calls counted. Calls that its own methods make of each other are not. */
export function counting<T extends object>(port: T, counts: CallCounts): T {
  return new Proxy(port, {
    get: (target, name): unknown => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        counts[String(name)] = (counts[String(name)] ?? 0) + 1;
        return (member as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

/** What happened between two looks, for each of `per`; only what happens with each, not now and then. */
export function perJob(after: readonly CallCounts[], before: readonly CallCounts[], per: number): string {
  const sums = new Map<string, number>();
  const add = (all: readonly CallCounts[], sign: number): void => {
    for (const counts of all) {
      for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + sign * count);
    }
  };
  add(after, 1);
  add(before, -1);
  const often = [...sums].map(([name, count]) => ({ name, times: count / per })).filter(({ times }) => times >= 0.05);
  const sum = often.reduce((total, { times }) => total + times, 0);
  const each = often.toSorted((a, b) => b.times - a.times).map(({ name, times }) => `${name} ${times.toFixed(2)}`);
  return `${sum.toFixed(1)}: ${each.join(', ')}`;
}
