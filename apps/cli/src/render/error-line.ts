import type { QuarryError } from '#libs/kernel';
import pc from 'picocolors';
import { oneLine } from './hit-title.ts';

/** One line for a person, or one JSON object for a program. */
export function renderError(error: QuarryError, asJson: boolean): string {
  if (asJson) return JSON.stringify({ error: { code: error.code, detail: error.message, ...error.details } });
  return `${pc.red('error:')} ${oneLine(error.message)} (${error.code})`;
}
