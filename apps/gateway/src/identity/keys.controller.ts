import { Body, Controller, Delete, Get, Header, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { notFound } from '#libs/kernel';
import { checkGrant, managesKey, type ApiKey, type Caller, type Identity } from '#libs/identity';
import { Platform } from '../../../platform/src/platform.ts';
import { CallerOf, Needs } from '../http/caller.ts';
import { JsonBodyPipe } from '../http/json-body-pipe.ts';
import { PROBLEM_RESPONSE } from '../openapi/schemas.ts';
import { IDENTITY } from './identity-gate.ts';
import { parseKeyRequest } from './key-request.ts';
import { KEY_BODY, KEYS_RESPONSE, NEW_KEY_RESPONSE } from './key-schemas.ts';

/** A key as clients see it: times in ISO 8601. */
export interface PublicKey extends Omit<ApiKey, 'createdAt' | 'expiresAt'> {
  readonly createdAt: string;
  readonly expiresAt?: string;
}

@ApiTags('keys')
@Controller('v1/keys')
@Needs('admin')
export class KeysController {
  constructor(
    @Inject(IDENTITY) private readonly identity: Identity,
    private readonly platform: Platform,
  ) {}

  @Post()
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Make an API key',
    description: 'It is shown in this answer and never again. It can do no more than who makes it.',
  })
  @ApiBody(KEY_BODY)
  @ApiResponse({ status: 201, ...NEW_KEY_RESPONSE })
  @ApiResponse({ status: 403, ...PROBLEM_RESPONSE })
  async create(
    @Body(JsonBodyPipe) body: unknown,
    @CallerOf() caller: Caller,
  ): Promise<PublicKey & { readonly key: string }> {
    const wanted = parseKeyRequest(body, caller, this.platform.clock.now());
    checkGrant(caller, wanted);
    const { key, text } = await this.identity.keys.create(wanted);
    this.platform.logger.info({ key: key.id, tenant: key.tenant, by: caller.subject }, 'an API key was made');
    return { ...publicKey(key), key: text };
  }

  @Get()
  @ApiOperation({ summary: 'List the API keys, without their secrets' })
  @ApiQuery({
    name: 'tenant',
    required: false,
    description: "an operator sees those of all tenants, or of this one; others their own tenant's",
    schema: { type: 'string' },
  })
  @ApiResponse({ status: 200, ...KEYS_RESPONSE })
  async list(@Query('tenant') tenant: string | undefined, @CallerOf() caller: Caller): Promise<{ keys: PublicKey[] }> {
    const keys = (await this.identity.keys.list()).filter(
      (key) => managesKey(caller, key) && (tenant === undefined || key.tenant === tenant),
    );
    return { keys: keys.map(publicKey) };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Revoke an API key: within ten seconds no gateway takes it any more' })
  @ApiResponse({ status: 404, ...PROBLEM_RESPONSE })
  async revoke(@Param('id') id: string, @CallerOf() caller: Caller): Promise<{ id: string; revoked: true }> {
    const key = await this.identity.keys.get(id);
    if (!key || !managesKey(caller, key) || !(await this.identity.keys.revoke(id)))
      throw notFound('key_not_found', `there is no API key "${id.slice(0, 64)}"`);
    this.platform.logger.info({ key: id, tenant: key.tenant, by: caller.subject }, 'an API key was revoked');
    return { id, revoked: true };
  }
}

function publicKey({ createdAt, expiresAt, ...key }: ApiKey): PublicKey {
  return {
    ...key,
    createdAt: new Date(createdAt).toISOString(),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}
