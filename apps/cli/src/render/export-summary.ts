import pc from 'picocolors';
import { formatBytes } from '#libs/kernel';
import type { ExportResult, Job } from '../api/job.ts';
import { formatDuration, plural } from './quantities.ts';
import { durationOf } from './write-summary.ts';

/** What became of an export, in a line. @param place where it went, when it is not a target of the job */
export function exportSummary(job: Job<ExportResult>, place?: string): string {
  const { result, error, index } = job;
  if (error) return `${pc.red('✗')} ${job.state}: ${error.detail} (${error.code})`;
  if (!result) return `${job.state === 'succeeded' ? pc.green('✓') : pc.red('✗')} ${job.state}  job ${job.id}`;
  const { documents, bytes, parts, failed, errors, version, target = place } = result;
  const took = durationOf(job);
  const line = [
    `${plural(documents, 'document')}, ${formatBytes(bytes)} in ${plural(parts.length, 'part')}`,
    ...(target === undefined ? [] : [`to ${target}`]),
    ...(took === undefined ? [] : [`in ${formatDuration(took)}`]),
    `(version ${version})`,
  ].join(' ');
  if (failed === 0) return `${pc.green('✓')} ${index}: ${line}`;
  const why = errors[0] === undefined ? '' : `: ${errors[0].detail}`;
  return `${pc.red('✗')} ${index}: ${line}, ${plural(failed, 'part')} missing${why}; quarry jobs --retry ${job.id} writes them`;
}
