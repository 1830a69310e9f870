import type { ApiBodyOptions } from '@nestjs/swagger';
import type { ResponseOptions } from '../openapi/schemas.ts';

const integer = { type: 'integer' } as const;

export const COMPACT_BODY: ApiBodyOptions = {
  required: false,
  schema: {
    type: 'object',
    properties: {
      maxSegmentBytes: {
        ...integer,
        description: 'no merge makes a larger segment; workers have a limit of their own',
      },
      force: {
        type: 'boolean',
        description: 'as few segments as will do, and no deleted documents; else only what is worth it',
      },
    },
  },
};

export const COMPACT_RESPONSE: ResponseOptions = {
  description: 'What the compaction did, when it ended within the wait',
  schema: {
    type: 'object',
    properties: {
      version: { ...integer, description: 'the first version that contains it' },
      merged: { ...integer, description: 'merges that took effect' },
      leftOut: { ...integer, description: 'merges left out because others had changed their segments first' },
      failed: integer,
      segmentsBefore: integer,
      segmentsAfter: integer,
      bytesBefore: integer,
      bytesAfter: integer,
      documents: { ...integer, description: 'live documents that were written anew' },
      purged: { ...integer, description: 'deleted documents that were left behind' },
    },
  },
};
