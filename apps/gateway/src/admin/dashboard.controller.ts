import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { notFound } from '#libs/kernel';
import { Needs } from '../http/caller.ts';
import { readDashboardFiles } from './dashboard-files.ts';

/** Nothing but what this server sends, and nobody may frame it: a page that can stop everything. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
};

/** The operators' page. What it shows comes from /v1/admin. */
@ApiExcludeController()
@Controller('admin')
export class DashboardController {
  private readonly files = readDashboardFiles();

  @Get()
  @Needs('admin', 'operator')
  page(@Res() reply: FastifyReply): void {
    this.send('index.html', reply);
  }

  @Get('assets/:name')
  @Needs('admin', 'operator')
  asset(@Param('name') name: string, @Res() reply: FastifyReply): void {
    this.send(name, reply);
  }

  private send(name: string, reply: FastifyReply): void {
    const file = this.files.get(name);
    if (!file) throw notFound('no_such_route', `there is no ${name.slice(0, 64)} of the page`);
    void reply.headers(HEADERS).type(file.contentType).send(file.bytes);
  }
}
