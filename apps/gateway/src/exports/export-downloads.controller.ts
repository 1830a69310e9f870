import { Readable } from 'node:stream';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '#libs/identity';
import { CallerOf, Needs } from '../http/caller.ts';
import { PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { ExportDownload, type Download } from './export-download.ts';
import { DOWNLOAD_RESPONSE } from './export-schemas.ts';

@ApiTags('exports')
@Controller('v1/jobs/:id/export')
@Needs('search')
export class ExportDownloadsController {
  constructor(private readonly downloads: ExportDownload) {}

  @Get()
  @ApiOperation({ summary: 'Download what an export without a target has written, as one file' })
  @ApiResponse({ status: 200, ...DOWNLOAD_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  @ApiResponse({ status: 409, ...PROBLEM_RESPONSE })
  async whole(@Param('id') id: string, @CallerOf() { tenant }: Caller, @Res() reply: FastifyReply): Promise<void> {
    await send(reply, await this.downloads.whole(tenant, id));
  }

  @Get(':part')
  @ApiOperation({ summary: 'Download one part of an export' })
  @ApiResponse({ status: 200, ...DOWNLOAD_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async part(
    @Param('id') id: string,
    @Param('part') part: string,
    @CallerOf() { tenant }: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await send(reply, await this.downloads.part(tenant, id, part));
  }
}

/** The length is said beforehand, so that a client notices when the answer breaks off. */
const send = (reply: FastifyReply, { fileName, contentType, bytes, chunks }: Download): FastifyReply =>
  reply
    .headers({
      'Content-Type': contentType,
      'Content-Length': bytes,
      'Content-Disposition': `attachment; filename="${fileName}"`,
      'X-Content-Type-Options': 'nosniff',
    })
    .send(Readable.from(chunks));
