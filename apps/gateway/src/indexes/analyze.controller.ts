import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags, type ApiBodyOptions } from '@nestjs/swagger';
import type { Caller } from '#libs/identity';
import { Platform } from '../../../platform/src/platform.ts';
import { CallerOf, Needs } from '../http/caller.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { analyzeText, type AnalyzedToken } from './analyze-text.ts';

const string = { type: 'string' } as const;
const ANALYZE_BODY: ApiBodyOptions = {
  schema: {
    type: 'object',
    required: ['text'],
    properties: {
      text: { description: 'a string or a list of strings' },
      analyzer: { ...string, description: 'built in, or of the index; default standard' },
      field: { ...string, description: 'a field of the index, whose analyzer it is' },
      tokenizer: { description: 'a name or a definition, instead of an analyzer' },
      filter: { type: 'array', items: {}, description: 'names or definitions' },
      char_filter: { type: 'array', items: {}, description: 'names or definitions' },
    },
  },
};

@ApiTags('indexes')
@Controller('v1')
export class AnalyzeController {
  constructor(private readonly platform: Platform) {}

  @Post('analyze')
  @HttpCode(200)
  @Needs('search')
  @ApiOperation({ summary: 'Show the tokens of a text by a built-in analyzer' })
  @ApiBody(ANALYZE_BODY)
  analyze(@Body(JsonBodyPipe) body: unknown): { tokens: AnalyzedToken[] } {
    return analyzeText(body);
  }

  @Post('indexes/:index/analyze')
  @HttpCode(200)
  @Needs('search')
  @ApiOperation({ summary: 'Show the tokens of a text by an analyzer or a field of an index' })
  @ApiBody(ANALYZE_BODY)
  async analyzeBy(
    @Param('index') index: string,
    @Body(JsonBodyPipe) body: unknown,
    @CallerOf() { tenant }: Caller,
  ): Promise<{ tokens: AnalyzedToken[] }> {
    const { schema } = await this.platform.catalog.snapshot({ tenant, index }, { consistency: 'strong' });
    return analyzeText(body, schema);
  }
}
