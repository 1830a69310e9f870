import { z } from 'zod';
import { analysisOf, TokenBuffer, type Analyzer } from '#libs/analysis';
import type { IndexSchema } from '#libs/index';
import { invalid } from '#libs/kernel';

export interface AnalyzedToken {
  readonly token: string;
  /** UTF-16 units of the text; of several texts, as if one character stood between them. */
  readonly start_offset: number;
  readonly end_offset: number;
  readonly position: number;
}

const MOST_TOKENS = 10_000;
const MAX_TEXT = 1_048_576;
/** Between two texts, as between two values of a field. */
const POSITION_GAP = 100;

const part = z.union([z.string(), z.record(z.string(), z.unknown())]);
const request = z.strictObject({
  text: z.union([z.string(), z.array(z.string())]),
  analyzer: z.string().optional(),
  field: z.string().optional(),
  tokenizer: part.optional(),
  filter: z.array(part).optional(),
  char_filter: z.array(part).optional(),
});
type AnalyzeRequest = z.output<typeof request>;

/**
 * Elasticsearch's _analyze: `{text, analyzer | field | tokenizer, filter?, char_filter?}` → the tokens that would be indexed.
 * Throws `invalid`: `bad_analyze_request`, `too_many_tokens`, and those of the analyzers.
 */
export function analyzeText(body: unknown, schema?: IndexSchema): { tokens: AnalyzedToken[] } {
  const checked = request.safeParse(body);
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!;
    throw bad(`${path.join('.')}: ${message.slice(0, 200)}`);
  }
  const texts = [checked.data.text].flat();
  if (texts.reduce((sum, text) => sum + text.length, 0) > MAX_TEXT) throw bad(`text: more than ${MAX_TEXT} characters`);
  const analyzer = analyzerOf(checked.data, schema);
  const out = new TokenBuffer();
  const tokens: AnalyzedToken[] = [];
  let offset = 0;
  let base = 0;
  for (const text of texts) {
    analyzer.analyze(text, out);
    if (tokens.length + out.length > MOST_TOKENS) {
      throw invalid('too_many_tokens', `the text has more than ${MOST_TOKENS} tokens: shorten it`, {
        limit: MOST_TOKENS,
      });
    }
    for (let at = 0; at < out.length; at++) {
      tokens.push({
        token: out.terms[at]!,
        start_offset: offset + out.starts[at]!,
        end_offset: offset + out.ends[at]!,
        position: base + out.positions[at]!,
      });
    }
    offset += text.length + 1;
    base = (tokens.at(-1)?.position ?? -1) + 1 + POSITION_GAP;
  }
  return { tokens };
}

function analyzerOf(
  { analyzer, field, tokenizer, filter, char_filter }: AnalyzeRequest,
  schema?: IndexSchema,
): Analyzer {
  const analysis = analysisOf(schema?.analysis);
  const hasParts = filter !== undefined || char_filter !== undefined || tokenizer !== undefined;
  if ([analyzer, field, hasParts || undefined].filter((given) => given !== undefined).length > 1) {
    throw bad('give one of "analyzer", "field", or parts ("tokenizer", "filter", "char_filter")');
  }
  if (hasParts) {
    return analysis.adHoc({
      tokenizer: tokenizer ?? 'keyword',
      ...(filter && { filter }),
      ...(char_filter && { char_filter }),
    });
  }
  if (field === undefined) return analysis.analyzer(analyzer ?? 'standard');
  const spec = schema && Object.hasOwn(schema.fields, field) ? schema.fields[field] : undefined;
  if (!spec) throw bad(`there is no field "${field.slice(0, 100)}" ${schema ? 'in this index' : 'without an index'}`);
  return analysis.analyzer(spec.type === 'text' ? (spec.analyzer ?? 'standard') : 'keyword');
}

const bad = (problem: string): Error =>
  invalid(
    'bad_analyze_request',
    `the request to analyze is not valid: ${problem}; write {"analyzer": "english", "text": "…"}`,
  );
