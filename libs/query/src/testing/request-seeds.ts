/** Bodies that use the whole of the search API over RANDOM_FIELDS: what the fuzz tests begin from. */
export const REQUEST_SEEDS: readonly unknown[] = [
  { query: { match: { title: { query: 'a b', operator: 'and', minimum_should_match: '75%', boost: 2 } } }, size: 5 },
  { query: { match: { body: { query: 'ab bc', fuzziness: 'AUTO', prefix_length: 1 } } }, track_total_hits: true },
  {
    query: {
      multi_match: {
        query: 'a b',
        fields: ['title^3', 'bod*', 'tag'],
        type: 'best_fields',
        tie_breaker: 0.3,
        minimum_should_match: 1,
      },
    },
  },
  { query: { multi_match: { query: 'a b', fields: ['title', 'body'], type: 'cross_fields', operator: 'and' } } },
  { query: { multi_match: { query: 'a b', type: 'phrase', fields: ['title', 'body'], slop: 1 } } },
  { query: { match_phrase: { body: { query: 'a b', slop: 2 } } }, highlight: { fields: { body: {} } } },
  { query: { match_phrase_prefix: { body: { query: 'a b', slop: 1, max_expansions: 10 } } } },
  { query: { match_bool_prefix: { body: { query: 'a b' } } } },
  { query: { term: { tag: { value: 'a', boost: 0.5, case_insensitive: true } } } },
  { query: { terms: { size: [1, 2, -3], boost: 2 } }, sort: [{ size: 'asc' }, { _score: { order: 'desc' } }, '_id'] },
  { query: { range: { when: { gte: '2024-03-21||-1M/d', lt: 'now', format: 'strict_date_optional_time' } } } },
  { query: { range: { price: { gt: 0.1, lte: 1e9 } } }, sort: ['-price'], from: 1, size: 3 },
  { query: { range: { tag: { gte: 'a', lt: 'b' } } }, search_after: [1.5, 'id'], sort: [{ price: { order: 'asc' } }] },
  { query: { exists: { field: 'title' } }, fields: ['t*', 'when'], _source: { includes: ['t*'], excludes: ['tag'] } },
  { query: { prefix: { tag: { value: 'a', case_insensitive: true } } }, _source: ['title', 'b*'] },
  { query: { wildcard: { tag: { value: 'a*b?', case_insensitive: true } } } },
  { query: { wildcard: { body: { value: '*b*', boost: 1.5 } } }, highlight: { fields: ['body', 'title'] } },
  { query: { regexp: { tag: { value: '(a|b)+c{0,3}[^x]*', flags: 'ALL', max_determinized_states: 10_000 } } } },
  {
    query: {
      fuzzy: { body: { value: 'ab', fuzziness: 2, prefix_length: 0, max_expansions: 50, transpositions: true } },
    },
  },
  { query: { ids: { values: ['1', '2', '\u{1f600}'] } } },
  {
    query: {
      bool: {
        must: [{ match: { title: 'a' } }],
        should: [{ term: { tag: 'b' } }, { match_all: {} }],
        must_not: { term: { open: true } },
        filter: [{ range: { size: { gte: -1 } } }],
        minimum_should_match: 1,
        boost: 1.2,
      },
    },
    explain: true,
  },
  { query: { constant_score: { filter: { term: { open: false } }, boost: 3 } }, post_filter: { term: { tag: 'a' } } },
  { query: { dis_max: { queries: [{ match: { title: 'a' } }, { match: { body: 'a' } }], tie_breaker: 0.7 } } },
  {
    query: {
      function_score: {
        query: { match: { title: 'a' } },
        functions: [
          { field_value_factor: { field: 'price', factor: 1.2, modifier: 'log1p', missing: 1 }, weight: 2 },
          {
            filter: { term: { tag: 'a' } },
            gauss: { when: { origin: '2024-04-01', scale: '10d', offset: '1d', decay: 0.5 } },
          },
          { exp: { size: { origin: 0, scale: 2 } } },
          { linear: { price: { origin: 1, scale: 5 } } },
          { random_score: { seed: 7, field: 'size' } },
        ],
        score_mode: 'sum',
        boost_mode: 'multiply',
        max_boost: 10,
        min_score: 0.1,
      },
    },
  },
  {
    query: { boosting: { positive: { match: { title: 'a' } }, negative: { term: { tag: 'b' } }, negative_boost: 0.2 } },
  },
  { query: { match_none: {} }, q: undefined, timeout: '5s', consistency: 'eventual', search_type: 'dfs' },
  {
    query: {
      query_string: {
        query: 'title:(a OR b) AND NOT tag:"x" size:[1 TO 3} +body:ab~1 /a.c/ w?ld*^2',
        fields: ['title^2', 'body'],
        default_operator: 'and',
        lenient: true,
      },
    },
  },
  { query: { simple_query_string: { query: '"a b"~2 +a -b | (c*)', fields: ['body'], default_operator: 'or' } } },
  { q: 'a OR tag:b', sort: [{ when: { order: 'desc', missing: '_first', mode: 'max' } }], track_total_hits: 3 },
  {
    size: 0,
    aggs: {
      tags: {
        terms: {
          field: 'tag',
          size: 5,
          min_doc_count: 1,
          order: [{ 's.avg': 'desc' }, { _key: 'asc' }],
          missing: 'none',
        },
        aggs: { s: { stats: { field: 'size' } }, top: { top_hits: { size: 1, sort: ['-size'], _source: ['title'] } } },
      },
      sizes: { range: { field: 'size', ranges: [{ to: 0 }, { key: 'some', from: 0, to: 2 }], keyed: true } },
      dates: { date_range: { field: 'when', ranges: [{ from: 'now-10y/y', to: '2024-04-01' }] } },
      hist: {
        histogram: { field: 'price', interval: 2.5, offset: 1, min_doc_count: 1, extended_bounds: { min: 0, max: 10 } },
      },
    },
  },
  {
    size: 0,
    aggs: {
      months: {
        date_histogram: { field: 'when', calendar_interval: 'month', time_zone: 'Europe/Berlin', min_doc_count: 0 },
        aggs: { p: { percentiles: { field: 'price', percents: [5, 50, 99] } }, c: { cardinality: { field: 'tag' } } },
      },
      hours: {
        date_histogram: { field: 'when', fixed_interval: '36h', offset: '+6h', format: 'yyyy-MM-dd', keyed: true },
      },
      f: { filter: { term: { open: true } }, aggs: { sum: { sum: { field: 'price' } } } },
      fs: { filters: { filters: { a: { match: { title: 'a' } }, b: { term: { tag: 'b' } } }, other_bucket: true } },
      m: { missing: { field: 'price' } },
      comp: {
        composite: {
          size: 3,
          sources: [
            { t: { terms: { field: 'tag', order: 'desc' } } },
            { d: { date_histogram: { field: 'when', calendar_interval: 'day' } } },
            { h: { histogram: { field: 'size', interval: 2 } } },
          ],
          after: { t: 'ab', d: 1_711_000_000_000, h: 0 },
        },
      },
      all: { global: {}, aggs: { n: { value_count: { field: 'size' } } } },
    },
  },
  {
    size: 0,
    query: {
      range: {
        when: { gte: '01|01|2020', lt: '2024', format: "dd|MM|yyyy||yyyy||'x'SSSSSS", time_zone: 'Europe/Berlin' },
      },
    },
    aggs: {
      some: { terms: { field: 'tag', include: 'a.*|<1-9>b?', exclude: ['ab'], missing: 'a', min_doc_count: 0 } },
      others: { terms: { field: 'tag', exclude: '~(a{1,3})&@' }, aggs: { n: { sum: { field: 'size' } } } },
      part: { terms: { field: 'size', include: { partition: 1, num_partitions: 3 } }, meta: { of: ['x', { y: 1 }] } },
    },
  },
  {
    size: 0,
    query: { match_all: {} },
    sort: ['tag'],
    aggs: {
      tags: { terms: { field: 'tag', min_doc_count: 0 } },
      most: { max: { field: 'price' } },
      least: { min: { field: 'when', format: 'yyyy' } },
      n: { value_count: { field: 'tag' } },
      without: { missing: { field: 'title' } },
      fs: { filters: { filters: [{ exists: { field: 'size' } }, { term: { tag: 'a' } }, { match_all: {} }] } },
    },
  },
  {
    aggs: {
      rare: { significant_terms: { field: 'tag' } },
      derived: { avg_bucket: { buckets_path: 'months>p.50' } },
    },
  },
  {
    query: { match: { body: 'a ab' } },
    highlight: {
      fields: {
        body: { number_of_fragments: 2, fragment_size: 20 },
        title: { pre_tags: ['<b>'], post_tags: ['</b>'] },
      },
    },
    suggest: { s: { text: 'abx', term: { field: 'body', suggest_mode: 'always' } } },
    min_score: 0.1,
  },
  {
    collapse: { field: 'tag' },
    rescore: { window_size: 10, query: { rescore_query: { match_phrase: { body: 'a ab' } }, query_weight: 0.7 } },
  },
];
