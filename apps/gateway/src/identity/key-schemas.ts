import type { ApiBodyOptions } from '@nestjs/swagger';
import { SCOPES } from '#libs/identity';

const string = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const scopes = { type: 'array', items: { enum: [...SCOPES] } };
const indexes = { type: 'array', items: string, description: 'index names, with * for any characters; absent: all' };

const KEY = {
  type: 'object',
  properties: {
    id: string,
    tenant: string,
    name: string,
    scopes,
    indexes,
    createdAt: time,
    expiresAt: time,
    createdBy: string,
  },
};

export const KEY_BODY: ApiBodyOptions = {
  required: true,
  schema: {
    type: 'object',
    required: ['name', 'scopes'],
    properties: {
      name: string,
      scopes,
      indexes,
      expiresIn: { ...string, description: 'such as 30d; or expiresAt; neither: never' },
      expiresAt: time,
      tenant: { ...string, description: "default: the caller's; another one takes the scope operator" },
    },
  } as never,
};

export const NEW_KEY_RESPONSE = {
  description: 'The key; `key` is shown this once',
  schema: { ...KEY, properties: { ...KEY.properties, key: { ...string, description: 'send it as bearer token' } } },
};

export const KEYS_RESPONSE = {
  description: 'The keys, oldest first, without their secrets',
  schema: { type: 'object', properties: { keys: { type: 'array', items: KEY } } },
};
