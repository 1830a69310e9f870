import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { invalid } from '#libs/kernel';
import { validateDefinition } from '#libs/index';
import { Platform } from '../../../platform/src/platform.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { DEFAULT_TENANT } from '../http/tenant.ts';
import { DEFINITION_BODY, INDEX_RESPONSE, INDEXES_RESPONSE, PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { describeIndex, listedIndex, type IndexDescription } from './index-description.ts';

@ApiTags('indexes')
@Controller('v1/indexes')
export class IndexesController {
  constructor(private readonly platform: Platform) {}

  @Get()
  @ApiOperation({ summary: 'List the indexes' })
  @ApiResponse({ status: 200, ...INDEXES_RESPONSE })
  async list(): Promise<{ indexes: unknown[] }> {
    const found = await this.platform.catalog.list(DEFAULT_TENANT);
    return { indexes: found.map(({ index, manifest }) => listedIndex(index, manifest)) };
  }

  @Put(':index')
  @HttpCode(201)
  @ApiOperation({ summary: 'Create an index', description: 'Without fields the schema is dynamic.' })
  @ApiBody(DEFINITION_BODY)
  @ApiResponse({ status: 201, ...INDEX_RESPONSE })
  @ApiResponse({ status: 409, ...PROBLEM_RESPONSE })
  async create(@Param('index') index: string, @Body(JsonBodyPipe) body: unknown): Promise<IndexDescription> {
    const manifest = await this.platform.catalog.create(
      { tenant: DEFAULT_TENANT, index },
      validateDefinition(body ?? {}),
    );
    return describeIndex(index, manifest);
  }

  @Get(':index')
  @ApiOperation({ summary: 'Describe an index: schema, version, documents, segments, bytes' })
  @ApiResponse({ status: 200, ...INDEX_RESPONSE })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async describe(@Param('index') index: string): Promise<IndexDescription> {
    const manifest = await this.platform.catalog.snapshot({ tenant: DEFAULT_TENANT, index }, { consistency: 'strong' });
    return describeIndex(index, manifest);
  }

  @Delete(':index')
  @ApiOperation({ summary: 'Drop an index and its data' })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async drop(@Param('index') index: string): Promise<{ index: string; dropped: true }> {
    if (index === '_all' || index.includes('*')) {
      throw invalid('bad_index_name', `"${index}" names no index; indexes are dropped one by one`);
    }
    await this.platform.catalog.drop({ tenant: DEFAULT_TENANT, index });
    return { index, dropped: true };
  }
}
