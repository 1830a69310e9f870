import type { ZodType } from 'zod';
import { invalid } from '#libs/kernel';

/** The body as the schema has it. Throws `invalid` (`code`) with the place of the first mistake. */
export function parseBody<T>(schema: ZodType<T>, body: unknown, code: string): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') || 'the body';
  throw invalid(code, `${path}: ${issue?.message ?? 'not valid'}`, { path });
}
