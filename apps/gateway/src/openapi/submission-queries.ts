import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { CALLBACK_QUERIES } from '../webhooks/callback-of.ts';
import { WAIT_QUERY } from './schemas.ts';

/** What every submission takes in its URL: how long to wait, whom to call back. */
export const SubmissionQueries = applyDecorators(...[WAIT_QUERY, ...CALLBACK_QUERIES].map((query) => ApiQuery(query)));
