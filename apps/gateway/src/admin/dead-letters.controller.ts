import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { invalid } from '#libs/kernel';
import { MAILBOX_NAME } from '#libs/broker';
import type { Caller } from '#libs/identity';
import { CallerOf, Needs } from '../http/caller.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { countParameter } from '../http/wait.ts';
import { COUNT_RESPONSE, DEAD_LETTERS_RESPONSE, LETTER_SELECTION_BODY } from '../openapi/admin-schemas.ts';
import { PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { DeadLetterDesk, type FiledLetter, type LetterSelection } from './dead-letter-desk.ts';

const PAGE = 50;
const MAX_PAGE = 500;
const MAX_IDS = 1000;

const mailbox = z.string().regex(MAILBOX_NAME, 'not the name of a mailbox');
const selection = z.union(
  [
    z.strictObject({ mailbox, ids: z.array(z.string().min(1).max(256)).min(1).max(MAX_IDS) }),
    z.strictObject({ mailbox, all: z.literal(true) }),
  ],
  { error: `expected {"mailbox": …, "ids": [1 to ${MAX_IDS} of them]} or {"mailbox": …, "all": true}` },
);

/** An operator's are all; who administers one tenant sees and touches those of its jobs alone. */
@ApiTags('admin')
@Controller('v1/admin/dead-letters')
export class DeadLettersController {
  constructor(private readonly desk: DeadLetterDesk) {}

  @Get()
  @Needs('admin', 'operator')
  @ApiOperation({ summary: 'Messages that were given up, with the reason, oldest first' })
  @ApiQuery({ name: 'mailbox', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE } })
  @ApiQuery({
    name: 'after',
    required: false,
    description: 'the `next` of the page before',
    schema: { type: 'string' },
  })
  @ApiResponse({ status: 200, ...DEAD_LETTERS_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  async list(
    @CallerOf() caller: Caller,
    @Query('mailbox') of: string | undefined,
    @Query('after') after: string | undefined,
    @Query('limit') limit: string | undefined,
  ): Promise<{ deadLetters: unknown[]; next?: string }> {
    const page = { mailbox: of, after, limit: countParameter('limit', limit, PAGE, MAX_PAGE) };
    const { letters, next } = await this.desk.list(caller, page);
    return { deadLetters: letters.map(shown), ...(next !== undefined && { next }) };
  }

  @Post('replay')
  @HttpCode(200)
  @Needs('admin', 'operator')
  @ApiOperation({
    summary: 'Have dead work done after all',
    description: 'A message is put back into its mailbox; a job that failed or expired over it is run again instead.',
  })
  @ApiBody(LETTER_SELECTION_BODY)
  @ApiResponse({ status: 200, ...COUNT_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  async replay(@CallerOf() caller: Caller, @Body(JsonBodyPipe) body: unknown): Promise<{ count: number }> {
    return { count: await this.desk.replay(caller, selectionOf(body)) };
  }

  @Post('discard')
  @HttpCode(200)
  @Needs('admin', 'operator')
  @ApiOperation({ summary: 'Throw dead letters away' })
  @ApiBody(LETTER_SELECTION_BODY)
  @ApiResponse({ status: 200, ...COUNT_RESPONSE })
  @ApiResponse({ status: 400, ...PROBLEM_RESPONSE })
  async discard(@CallerOf() caller: Caller, @Body(JsonBodyPipe) body: unknown): Promise<{ count: number }> {
    return { count: await this.desk.discard(caller, selectionOf(body)) };
  }
}

function selectionOf(body: unknown): LetterSelection {
  const parsed = selection.safeParse(body);
  if (parsed.success) return 'ids' in parsed.data ? parsed.data : { mailbox: parsed.data.mailbox };
  throw invalid('bad_request', parsed.error.issues[0]!.message);
}

function shown({ mailbox: of, letter, names, job }: FiledLetter): Record<string, unknown> {
  return {
    mailbox: of,
    ...letter,
    publishedAt: new Date(letter.publishedAt).toISOString(),
    diedAt: new Date(letter.diedAt).toISOString(),
    ...names,
    ...(job && { kind: job.kind, tenant: job.tenant, index: job.index, state: job.state }),
  };
}
