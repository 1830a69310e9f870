import { resolve } from 'node:path';
import { z } from 'zod';
import { isQuarryError, parseBytes, parseDurationMs } from '#libs/kernel';
import { ROLES, type Role, type StoreLocation } from './settings.ts';

/**
 * A schema from the setting's text to its value. `parse` answers undefined when the text is not what is `expected`, and
 * throws an Error when there is more to say.
 */
export function parsed<T>(expected: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    let message = `expected ${expected}`;
    try {
      const value = parse(text.trim());
      if (value !== undefined) return value;
    } catch (error) {
      // What the kernel says of a malformed quantity repeats the value; `expected` says the form.
      if (!isQuarryError(error)) message = (error as Error).message;
    }
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export const oneOf = <const T extends readonly string[]>(values: T) =>
  parsed<T[number]>(values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`, (text) =>
    values.find((value) => value === text),
  );

export const wholeNumber = (min: number, max: number) =>
  parsed(`a whole number from ${min} to ${max}`, (text) =>
    /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined,
  );

export const size = (minText: string, maxText: string) =>
  parsed(`a size from ${minText} to ${maxText}, such as 256MiB`, (text) => {
    const bytes = parseBytes(text);
    return bytes >= parseBytes(minText) && bytes <= parseBytes(maxText) ? bytes : undefined;
  });

export const duration = (minText: string, maxText: string) =>
  parsed(`a duration from ${minText} to ${maxText}, such as 500ms, 10s or 24h`, (text) => {
    const ms = parseDurationMs(text);
    return ms >= parseDurationMs(minText) && ms <= parseDurationMs(maxText) ? ms : undefined;
  });

const YES_NO: Record<string, boolean> = {
  yes: true,
  true: true,
  on: true,
  '1': true,
  no: false,
  false: false,
  off: false,
  '0': false,
};

export const yesNo = parsed('yes or no', (text) => YES_NO[text.toLowerCase()]);

export const folder = parsed('a folder', (text) => (text === '' ? undefined : resolve(text)));

const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name);

export const roles = parsed(`a comma-separated list of ${ROLES.join(', ')}`, (text): readonly Role[] | undefined => {
  const names = text.split(',').map((name) => name.trim());
  return names.every(isRole) ? Object.freeze([...new Set(names)]) : undefined;
});

const STORE = 'file://<folder> or s3://<bucket>/<prefix>';

export const storeLocation = parsed(STORE, (text): StoreLocation | undefined => {
  const file = /^file:\/\/(.+)$/.exec(text)?.[1];
  // Not a URL in the strict sense: file://./data is relative to the working directory.
  if (file !== undefined) return { kind: 'file', folder: resolve(decodeURI(file)) };
  // Bucket names: 3–63 characters, see "General purpose bucket naming rules" of AWS; others allow no more.
  const s3 = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(text);
  if (!s3) return undefined;
  const segments = (s3[2] ?? '').split('/').filter((segment) => segment !== '');
  return segments.includes('.') || segments.includes('..')
    ? undefined
    : { kind: 's3', bucket: s3[1]!, prefix: segments.join('/') };
});

export const httpUrl = parsed('a URL such as http://127.0.0.1:9000', (text) =>
  /^https?:\/\//.test(text) && URL.canParse(text) ? text.replace(/\/+$/, '') : undefined,
);

/** `embedded`; the services of larger installations are known by name, so that the answer is not "malformed". */
export const embeddedOnly = (others: readonly string[]) =>
  parsed('embedded', (text) => {
    if (others.some((scheme) => text.startsWith(scheme)))
      throw new Error('not supported by this version, which has embedded only');
    return text === 'embedded' ? ('embedded' as const) : undefined;
  });
