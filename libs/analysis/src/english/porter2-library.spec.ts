import { stem as porter2 } from 'porter2';

// What segments are made of must not change when the library does: these stems are the contract.

describe('porter2', () => {
  it.each<[step: string, pairs: Record<string, string>]>([
    ['short words', { a: 'a', is: 'is', by: 'by', "'s": "'s" }],
    [
      'exceptions',
      { skis: 'ski', skies: 'sky', dying: 'die', idly: 'idl', early: 'earli', news: 'news', andes: 'andes' },
    ],
    ['kept after step 1a', { innings: 'inning', herring: 'herring', proceeds: 'proceed', exceed: 'exceed' }],
    [
      'step 0 and 1a',
      {
        "dog's": 'dog',
        "dogs'": 'dog',
        caresses: 'caress',
        ties: 'tie',
        cries: 'cri',
        gas: 'gas',
        gaps: 'gap',
        kiwis: 'kiwi',
        this: 'this',
        bus: 'bus',
      },
    ],
    [
      'step 1b',
      {
        agreed: 'agre',
        feed: 'feed',
        plastered: 'plaster',
        bled: 'bled',
        hopping: 'hop',
        hoping: 'hope',
        luxuriated: 'luxuri',
        troubled: 'troubl',
        sized: 'size',
        falling: 'fall',
      },
    ],
    ['step 1c', { cry: 'cri', by: 'by', say: 'say', happy: 'happi', employ: 'employ', yelling: 'yell' }],
    [
      'step 2',
      {
        relational: 'relat',
        conditional: 'condit',
        conformably: 'conform',
        generalization: 'general',
        sensibility: 'sensibl',
        analogy: 'analog',
        hopefully: 'hope',
        aimlessly: 'aimless',
        kindly: 'kind',
        homily: 'homili',
      },
    ],
    [
      'step 3',
      {
        triplicate: 'triplic',
        formative: 'format',
        negative: 'negat',
        electrical: 'electr',
        hopeful: 'hope',
        goodness: 'good',
      },
    ],
    [
      'step 4',
      {
        revival: 'reviv',
        adjustable: 'adjust',
        replacement: 'replac',
        adoption: 'adopt',
        communism: 'communism',
        homologous: 'homolog',
        million: 'million',
      },
    ],
    ['step 5', { probate: 'probat', rate: 'rate', cease: 'ceas', controlling: 'control', roll: 'roll' }],
    [
      'regions of their own',
      { general: 'general', generous: 'generous', communities: 'communiti', arsenal: 'arsenal' },
    ],
    ['consonant y', { youth: 'youth', boyish: 'boyish', sayings: 'say', flying: 'fli' }],
    ['not only letters', { '3rds': '3rds', r2d2s: 'r2d2s', naïvely: 'naïv', москва: 'москва' }],
  ])('%s', (_step, pairs) => {
    expect(Object.fromEntries(Object.keys(pairs).map((word) => [word, porter2(word)]))).toEqual(pairs);
  });
});
