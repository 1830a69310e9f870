import pc from 'picocolors';
import type { Job, WriteError, WriteResult } from '../api/job.ts';
import { oneLine } from './hit-title.ts';
import { formatCount, formatDuration, plural } from './quantities.ts';

const SHOWN_ERRORS = 10;
/** Of one error: it may quote megabytes. */
const SHOWN_CHARACTERS = 300;

/** Whether nothing of what was to be written could be. */
export const refusedAll = ({ result }: Job<WriteResult>): boolean =>
  result !== undefined && result.failed > 0 && result.indexed + result.deleted === 0;

/** What became of a job that writes: a line, then the first of its errors. */
export function writeSummary(job: Job<WriteResult>): string {
  const { result, error } = job;
  if (error) return `${pc.red('✗')} ${job.state}: ${error.detail} (${error.code})`;
  if (!result) return `${job.state === 'succeeded' ? pc.green('✓') : pc.red('✗')} ${job.state}  job ${job.id}`;
  const counts = [
    `${plural(result.indexed, 'document')} indexed${result.updated > 0 ? `, ${formatCount(result.updated)} of them replaced` : ''}`,
    ...(result.deleted > 0 ? [`${formatCount(result.deleted)} deleted`] : []),
    ...(result.failed > 0 ? [pc.red(`${formatCount(result.failed)} refused`)] : []),
  ];
  const took = durationOf(job);
  const mark = refusedAll(job)
    ? pc.red('✗')
    : result.failed > 0 || job.state !== 'succeeded'
      ? pc.yellow('!')
      : pc.green('✓');
  const line = `${mark} ${job.index}: ${counts.join(', ')}${took === undefined ? '' : ` in ${formatDuration(took)}`} (version ${result.version})`;
  const shown = result.errors.slice(0, SHOWN_ERRORS).map((one) => `  ${errorLine(one)}`);
  const hidden = result.failed - shown.length;
  return [line, ...shown, ...(shown.length > 0 && hidden > 0 ? [`  … and ${formatCount(hidden)} more`] : [])].join(
    '\n',
  );
}

/** file:line code detail; what it quotes of a document must not reach the terminal as it is. */
function errorLine({ file, line, item, code, detail }: WriteError): string {
  const place =
    file === undefined ? (item === undefined ? '' : `item ${item}`) : line === undefined ? file : `${file}:${line}`;
  const said = oneLine(detail);
  const shown = said.length > SHOWN_CHARACTERS ? `${said.slice(0, SHOWN_CHARACTERS)}…` : said;
  return [oneLine(place), pc.red(code), shown].filter((part) => part !== '').join('  ');
}

/** ms from its start to its end, by the server's clock. */
export function durationOf(job: Job): number | undefined {
  if (job.finishedAt === undefined) return undefined;
  return Math.max(0, Date.parse(job.finishedAt) - Date.parse(job.startedAt ?? job.createdAt));
}
