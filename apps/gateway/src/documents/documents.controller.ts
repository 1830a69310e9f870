import type { Readable } from 'node:stream';
import { Body, Controller, Delete, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { notFound } from '#libs/kernel';
import type { Caller } from '#libs/identity';
import { findDocument } from '#libs/index';
import { Platform } from '../../../platform/src/platform.ts';
import { CallerOf, Needs } from '../http/caller.ts';
import { Submitter, header } from '../http/submitter.ts';
import { DOCUMENT_RESPONSE, JOB_RESPONSE, PROBLEM_RESPONSE, WRITE_RESPONSE } from '../openapi/schemas.ts';
import { SubmissionQueries } from '../openapi/submission-queries.ts';
import { formatOfBody } from './format-of-body.ts';
import { nameSuffix } from './name-suffix.ts';
import { StagedUploads } from './staged-uploads.ts';

type RequestHeaders = Record<string, string | string[] | undefined>;

@ApiTags('documents')
@Controller('v1/indexes/:index/documents')
export class DocumentsController {
  constructor(
    private readonly platform: Platform,
    private readonly submitter: Submitter,
    private readonly uploads: StagedUploads,
  ) {}

  @Post()
  @Needs('index')
  @ApiOperation({
    summary: 'Add or replace documents',
    description:
      'NDJSON (one document a line) or a JSON array; CSV, text and Markdown by Content-Type or ?format=. A document with the `_id` of another replaces it. The body may be gzip or zstd encoded.',
  })
  @ApiConsumes('application/x-ndjson', 'application/json', 'text/csv', 'text/plain', 'text/markdown')
  @ApiBody({ schema: { type: 'string' } })
  @SubmissionQueries
  @ApiQuery({ name: 'format', required: false, enum: ['ndjson', 'json', 'csv', 'text', 'markdown'] })
  @ApiQuery({ name: 'onError', required: false, enum: ['skip', 'fail'] })
  @ApiQuery({ name: 'idField', required: false, schema: { type: 'string' } })
  @ApiQuery({
    name: 'name',
    required: false,
    description:
      'what the body is called: the `_id` and `path` of a text or Markdown document; `.tsv` at its end separates CSV by tabs',
    schema: { type: 'string' },
  })
  @ApiResponse({ status: 200, ...WRITE_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  async add(
    @Param('index') index: string,
    @Body() body: unknown,
    @Headers() headers: RequestHeaders,
    @Query() query: Record<string, string | undefined>,
    @Query('format') format: string | undefined,
    @Query('onError') onError: string | undefined,
    @Query('idField') idField: string | undefined,
    @Query('name') fileName: string | undefined,
    @CallerOf() { tenant }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const request = { headers, wait: query['wait'], query };
    const id = this.platform.ids.next();
    // Before the body is read.
    this.submitter.callbackOf(request);
    const suffix = nameSuffix(fileName);
    const staged = await this.uploads.stage({
      name: { tenant, index },
      job: id,
      body: body as Readable | undefined,
      encoding: header(request, 'content-encoding'),
      format: formatOfBody(format, header(request, 'content-type')),
      contentType: header(request, 'content-type'),
    });
    const idempotencyKey = header(request, 'idempotency-key');
    const options = { onError: onError ?? 'skip', ...(idField !== undefined && { idField }) };
    const submission = {
      kind: 'import',
      tenant,
      index,
      id,
      spec: { sources: [staged.source + suffix], format: staged.format, ...options },
      ...(idempotencyKey !== undefined && {
        idempotencyKey,
        fingerprint: JSON.stringify([staged.digest, staged.format, options, suffix]),
      }),
    };
    return this.uploads.discardUnlessTaken(
      staged,
      id,
      () => this.submitter.submit(submission, request, reply, 0),
      reply,
    );
  }

  @Get(':id')
  @Needs('search')
  @ApiOperation({ summary: 'Fetch one document by its _id' })
  @ApiResponse({ status: 200, ...DOCUMENT_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async fetch(
    @Param('index') index: string,
    @Param('id') id: string,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    const found = await findDocument(this.platform.catalog, { tenant, index }, id);
    if (!found) throw notFound('document_not_found', `there is no document "${id}" in "${index}"`, { id });
    const { _id: _, ...source } = JSON.parse(new TextDecoder().decode(found.source)) as Record<string, unknown>;
    return { _id: id, _source: source, version: found.version };
  }

  @Delete(':id')
  @Needs('index')
  @ApiOperation({ summary: 'Delete one document by its _id' })
  @SubmissionQueries
  @ApiResponse({ status: 200, ...WRITE_RESPONSE })
  @ApiResponse({ status: 202, ...JOB_RESPONSE })
  async remove(
    @Param('index') index: string,
    @Param('id') id: string,
    @Headers() headers: RequestHeaders,
    @Query() query: Record<string, string | undefined>,
    @CallerOf() { tenant }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const request = { headers, wait: query['wait'], query };
    const idempotencyKey = header(request, 'idempotency-key');
    return this.submitter.submit(
      {
        kind: 'delete-documents',
        tenant,
        index,
        spec: { ids: [id] },
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      },
      request,
      reply,
      0,
    );
  }
}
