import { crc32, encodeUtf8 } from '#libs/kernel';
import { TokenBuffer } from '../analyzer.ts';
import { analyzer } from '../analyzers.ts';
import { SNOWBALL_STEMMERS } from './snowball.ts';
import { STOP_WORDS } from './stop-words.ts';

// What segments are made of must not change when a library does: these stems and lists are the contract (ANA-1).

const terms = (name: string, text: string): string => {
  const out = new TokenBuffer();
  analyzer(name).analyze(text, out);
  return out.terms.slice(0, out.length).join(' ');
};

describe('stems', () => {
  // As Snowball's own libstemmer 2.2 gives them; 13 of the languages were compared with it on some 40,000 words each.
  it.each<[keyof typeof SNOWBALL_STEMMERS, string, string]>([
    ['danish', 'indtage indtagelse indtager undersøgelsen undersøgelserne', 'indtag indtag indtag undersøg undersøg'],
    ['dutch', 'lichaamsziek lichamelijk opgingen opglimpende', 'lichaamsziek licham opging opglimp'],
    ['finnish', 'edeltäjien edeltäjiensä taloissani kissoille', 'edeltäj edeltäjie talo kiso'],
    ['french', 'continua continuait continuelle majestueusement', 'continu continu continuel majestu'],
    ['german', 'aufeinanderfolgenden kategorischer häuser straße', 'aufeinanderfolg kategor haus strass'],
    ['hungarian', 'babakocsi babakocsijáért házakban', 'babakocs babakocs ház'],
    ['italian', 'abbandonata abbandonato pronunciamento', 'abbandon abbandon pronunc'],
    ['norwegian', 'opning opningane havnedistriktene', 'opning opning havnedistrikt'],
    ['portuguese', 'boainha quiosques bonitinhas', 'boainh quiosqu bonitinh'],
    ['romanian', 'abruptă absenţei ocolirea', 'abrupt absenţe ocol'],
    ['russian', 'важнейшими падаль павлиний', 'важн падал павлин'],
    ['spanish', 'chicharrones torneados cheques', 'chicharron torn chequ'],
    ['swedish', 'jaktkarlens jaktkarlarne klostergården', 'jaktkarl jaktkarl klostergård'],
    ['turkish', 'kitaplarımızdan evlerinde', 'kitap ev'],
    ['arabic', 'الكتاب والكتب', 'كتاب والكتب'],
    ['greek', 'αυτοκινητα αυτοκινητου', 'αυτοκινητ αυτοκινητ'],
  ])('%s', (language, words, stems) => {
    expect(
      words
        .split(' ')
        .map((word) => SNOWBALL_STEMMERS[language](word))
        .join(' '),
    ).toBe(stems);
  });
});

describe('stop words', () => {
  it('are those that segments were made with', () => {
    const prints = [...STOP_WORDS].map(([name, words]) =>
      [name, words.size, crc32(encodeUtf8([...words].join(' '))).toString(16)].join(' '),
    );
    expect(prints).toMatchInlineSnapshot(`
     [
       "english 33 9d4fb2dd",
       "none 0 0",
       "arabic 480 ad6916bb",
       "armenian 45 f1dda8fa",
       "danish 94 26233750",
       "dutch 101 5edd058c",
       "finnish 229 2b4ca847",
       "french 164 47cecac5",
       "german 231 ec02d03c",
       "greek 75 82cf96e1",
       "hindi 163 b7fdc7fc",
       "hungarian 781 9037b790",
       "indonesian 355 d8a20cf7",
       "irish 109 d495aad7",
       "italian 279 a8a8799e",
       "norwegian 172 e5a761e",
       "portuguese 203 187bda21",
       "romanian 282 afc5cf7b",
       "russian 159 a05469d2",
       "spanish 577 fe6bc70a",
       "swedish 114 e0a9ce23",
       "turkish 279 8398c29c",
     ]
    `);
  });

  it.each([...STOP_WORDS.keys()])('%s are lower-case, and words', (language) => {
    for (const word of STOP_WORDS.get(language)!) expect(word).toMatch(/^\S+$/u);
  });
});

describe('analyzers of languages', () => {
  it.each<[name: string, text: string, expected: string]>([
    ['french', "L'avion d’été, c'est les MAISONS", 'avion maison'],
    ['italian', "Dell'università e l’arte", 'univers arte'],
    ['german', 'Die Häuser der Straßen', 'haus strass'],
    ['dutch', 'De fietsen van de kinderen', 'fiets kinder'],
    ['russian', 'Книги и важнейшими делами', 'книг важн дел'],
    ['swedish', 'Flickorna och pojkarna', 'flick pojk'],
    ['turkish', "TÜRKİYE'de IRMAKLAR ve evlerinde", 'türki ırmak ev'],
    ['greek', 'Τα ΑΥΤΟΚΊΝΗΤΑ', 'αυτοκινητ'],
    ['irish', 'tAthair', 'athair'],
    ['cjk', '日本語 テキスト', '日本 本語 テキ キス スト'],
    ['cjk', 'Ｈｅｌｌｏ ｶﾞﾗｽ 한국어 the 字', 'hello ガラ ラス 한국 국어 字'],
    ['stop', 'The Quick-brown 2nd', 'quick brown nd'],
  ])('%s: %s', (name, text, expected) => {
    expect(terms(name, text)).toBe(expected);
  });

  it('cjk points at what it pairs', () => {
    const out = new TokenBuffer();
    analyzer('cjk').analyze('x日本語 ｶﾞｽ の', out);
    expect(
      Array.from({ length: out.length }, (_, i) => [out.terms[i], out.positions[i], out.starts[i], out.ends[i]]),
    ).toEqual([
      ['x', 0, 0, 1],
      ['日本', 1, 1, 3],
      ['本語', 2, 2, 4],
      ['ガス', 3, 5, 8],
      ['の', 4, 9, 10],
    ]);
  });
});
