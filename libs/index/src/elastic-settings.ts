/**
 * Settings that Elasticsearch's clients send with almost every index and that mean nothing here: shards are planned for each
 * job, copies are the store's matter, and what was answered can be searched at once.
 */
const WITHOUT_MEANING: Readonly<Record<string, { readonly form: RegExp; readonly expected: string }>> = {
  number_of_shards: { form: /^[1-9]\d{0,3}$/, expected: 'a number from 1' },
  number_of_replicas: { form: /^\d{1,4}$/, expected: 'a number from 0' },
  refresh_interval: { form: /^(-1|\d+(nanos|micros|ms|s|m|h|d)?)$/, expected: 'a duration such as "1s", or -1' },
};
const PREFIX = 'index.';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Settings as Elasticsearch takes them, `{index: {analysis}}` or `{"index.analysis": …}`, as ours: `{analysis}`. What has no
 * meaning here is left out once it is found well-formed; everything else stays, to be checked by name.
 * @param refuse throws the error for a setting
 */
export function withoutIndexPrefix(settings: unknown, refuse: (name: string, problem: string) => never): unknown {
  if (!isObject(settings)) return settings;
  const own: Record<string, unknown> = {};
  const take = (name: string, value: unknown): void => {
    const scalar = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    if (Object.hasOwn(WITHOUT_MEANING, name)) {
      const { form, expected } = WITHOUT_MEANING[name]!;
      return form.test(scalar) ? undefined : refuse(name, `is not ${expected}`);
    }
    if (Object.hasOwn(own, name)) refuse(name, 'is given twice: keep one of the two');
    // Not an assignment: `__proto__` is a key like any other.
    Object.defineProperty(own, name, { value, enumerable: true, configurable: true, writable: true });
  };
  for (const [key, value] of Object.entries(settings)) {
    if (key === 'index' && isObject(value)) for (const [name, one] of Object.entries(value)) take(name, one);
    else take(key.startsWith(PREFIX) ? key.slice(PREFIX.length) : key, value);
  }
  return own;
}
