/** Fields that usually say what a document is, best first. */
const TITLES = [
  'title',
  'name',
  'headline',
  'subject',
  'label',
  'heading',
  'word',
  'lemma',
  'message',
  'path',
  'url',
  'file',
];

type Source = Readonly<Record<string, unknown>> | undefined;

/** What a title may be long; whatever is longer says what is in a document, not which one it is. */
const TITLE_LENGTH = 100;

/** The field that tells a document from others: a title-like name, else its first short text, else its first text. */
export function titleField(source: Source): string | undefined {
  const texts = textsOf(source);
  const titled = TITLES.flatMap((title) =>
    texts.filter(({ name }) => [title, `${title}s`].includes(name.toLowerCase())),
  )[0];
  const telling = texts.filter(({ isText, text }) => isText && text !== '');
  return (titled ?? telling.find(({ text }) => text.length <= TITLE_LENGTH) ?? telling[0] ?? texts[0])?.name;
}

/** The field that says what is in a document: its longest text besides the title, where that is more than a word or two. */
export function bodyField(source: Source, title: string | undefined): string | undefined {
  const bodies = textsOf(source).filter(
    ({ name, isText, text }) => name !== title && isText && /\S\s+\S+\s+\S/u.test(text),
  );
  return bodies.toSorted((a, b) => b.text.length - a.text.length)[0]?.name;
}

function textsOf(source: Source): { name: string; text: string; isText: boolean }[] {
  return Object.entries(source ?? {}).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === undefined ? [] : [{ name, text: oneLine(text), isText: typeof value !== 'number' }];
  });
}

/** A value as a cell shows it. */
export function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return oneLine(typeof value === 'string' ? value : (textOf(value) ?? JSON.stringify(value)));
}

/** A dotted name: `author.name`. A field whose own name holds the dot goes first. */
export function fieldValue(source: Source, field: string): unknown {
  if (source && Object.hasOwn(source, field)) return source[field];
  return field
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined | null)?.[name], source);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string'))
    return value.join(', ');
  return undefined;
}

/** What a document holds must not move the cursor: control characters become spaces. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
