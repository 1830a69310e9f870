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

/** A line that tells a document from others: a title-like field, else its first text. */
export function hitTitle(source: Readonly<Record<string, unknown>> | undefined): string {
  if (!source) return '';
  const texts = Object.entries(source).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === undefined ? [] : [{ name: name.toLowerCase(), text }];
  });
  const titled = TITLES.flatMap((title) => texts.filter(({ name }) => name === title))[0];
  return oneLine((titled ?? texts[0])?.text ?? '');
}

/** A value as a cell shows it. */
export function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return oneLine(typeof value === 'string' ? value : (textOf(value) ?? JSON.stringify(value)));
}

/** A dotted name: `author.name`. A field whose own name holds the dot goes first. */
export function fieldValue(source: Readonly<Record<string, unknown>> | undefined, field: string): unknown {
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
