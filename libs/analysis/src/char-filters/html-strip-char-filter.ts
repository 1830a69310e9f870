import type { CharFilter } from '../token-filter.ts';
import { ReplacedText } from './replaced-text.ts';

/** Elements that stand within a word's line: their tags vanish; all others part words. */
const INLINE = new Set(
  'a abbr acronym b bdi bdo big cite code del dfn em font i img ins kbd label mark q s samp small span strike strong sub sup tt u var wbr'.split(
    ' ',
  ),
);
/** Their content is no text. */
const OPAQUE = new Set(['script', 'style']);

const NAMED: ReadonlyMap<string, string> = new Map([
  ['nbsp', ' '],
  ['shy', '\u00ad'],
  ['quot', '"'],
  ['apos', "'"],
  ...[
    'amp=& lt=< gt=> copy=© reg=® trade=™ euro=€ pound=£ yen=¥ cent=¢ sect=§ para=¶ deg=° micro=µ',
    'middot=· hellip=… ndash=– mdash=— lsquo=‘ rsquo=’ ldquo=“ rdquo=” bdquo=„ sbquo=‚ laquo=« raquo=»',
    'bull=• times=× divide=÷ szlig=ß aelig=æ AElig=Æ oslash=ø Oslash=Ø aring=å Aring=Å eth=ð ETH=Ð',
    'thorn=þ THORN=Þ oelig=œ OElig=Œ scaron=š Scaron=Š iexcl=¡ iquest=¿',
  ].flatMap((line) => line.split(' ').map((pair): [string, string] => [pair.slice(0, -2), pair.slice(-1)])),
]);

/** The marks of names such as &eacute; and &Uuml;. */
const ACCENTS: Readonly<Record<string, string>> = {
  acute: '\u0301',
  grave: '\u0300',
  circ: '\u0302',
  uml: '\u0308',
  tilde: '\u0303',
  cedil: '\u0327',
  caron: '\u030c',
};

const TAG = /<(?:!--|[!?]|(\/?)([a-zA-Z][a-zA-Z0-9:-]{0,63}))/y;
const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z][a-zA-Z0-9]{1,10}));/y;

/**
 * Text without HTML: tags go (those of blocks become a line break), entities become their characters, comments, scripts and
 * styles vanish. What is no tag (`a < b`) stays.
 */
export const htmlStripCharFilter: CharFilter = (text) => {
  const result = new ReplacedText(text);
  let from = 0;
  const put = (at: number, to: number, replacement: string): number => {
    result.copy(from, at);
    result.replace(at, to, replacement);
    from = to;
    return to;
  };
  for (let at = nextMark(text, 0); at < text.length; at = nextMark(text, at)) {
    if (text.charCodeAt(at) === 0x26) {
      const [end, character] = entityAt(text, at);
      at = end > at ? put(at, end, character) : at + 1;
      continue;
    }
    const tag = tagAt(text, at);
    at = tag ? put(at, tag.end, tag.breaks ? '\n' : '') : at + 1;
  }
  result.copy(from, text.length);
  return result.finish();
};

/** The next `<` or `&`. */
function nextMark(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3c || code === 0x26) return at;
  }
  return text.length;
}

function tagAt(text: string, at: number): { end: number; breaks: boolean } | undefined {
  TAG.lastIndex = at;
  const found = TAG.exec(text);
  if (!found) return undefined;
  if (found[0] === '<!--') return { end: after(text, '-->', at + 4), breaks: true };
  if (found[2] === undefined) return { end: after(text, '>', at), breaks: true };
  const name = found[2].toLowerCase();
  const end = tagEnd(text, TAG.lastIndex);
  if (end < 0) return undefined;
  if (!OPAQUE.has(name) || found[1] === '/') return { end, breaks: !INLINE.has(name) };
  const closing = new RegExp(`</${name}\\s*>`, 'gi');
  closing.lastIndex = end;
  return { end: closing.test(text) ? closing.lastIndex : text.length, breaks: true };
}

/** Where a tag ends, past quoted values; -1 when it does not. */
function tagEnd(text: string, from: number): number {
  let quote = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === 0x3e) return at + 1;
    else if (code === 0x3c) return -1;
    else if ((code === 0x22 || code === 0x27) && text.charCodeAt(at - 1) === 0x3d) quote = code;
  }
  return -1;
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}

/** Where the entity at `at` ends and what it means; `at` itself when there is none. */
function entityAt(text: string, at: number): [end: number, character: string] {
  ENTITY.lastIndex = at;
  const found = ENTITY.exec(text);
  const character = found && characterOf(found[1], found[2], found[3]);
  return found && character !== undefined && character !== null ? [at + found[0].length, character] : [at, ''];
}

function characterOf(decimal?: string, hex?: string, name?: string): string | undefined {
  if (name !== undefined) {
    const named = NAMED.get(name);
    if (named !== undefined) return named;
    const mark = Object.hasOwn(ACCENTS, name.slice(1)) ? ACCENTS[name.slice(1)] : undefined;
    return mark === undefined ? undefined : (name[0]! + mark).normalize('NFC');
  }
  const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : undefined;
}
