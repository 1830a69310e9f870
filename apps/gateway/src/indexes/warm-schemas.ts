import type { ApiBodyOptions } from '@nestjs/swagger';
import type { ResponseOptions } from '../openapi/schemas.ts';

const integer = { type: 'integer' } as const;

export const WARM_BODY: ApiBodyOptions = {
  required: false,
  schema: {
    type: 'object',
    properties: {
      fields: {
        type: 'array',
        items: { type: 'string' },
        description: 'whose dictionaries, norms and columns are read; all if not given',
      },
    },
  },
};

export const WARM_RESPONSE: ResponseOptions = {
  description: 'What the warm-up read, when it ended within the wait',
  schema: {
    type: 'object',
    properties: {
      version: { ...integer, description: 'the version whose segments were read' },
      segments: integer,
      leftOut: { ...integer, description: 'segments left out because the others had filled a cache' },
      failed: integer,
      gets: { ...integer, description: 'requests to the store; what was cached before cost none' },
      bytes: integer,
    },
  },
};
