import pc from 'picocolors';
import type { DeletionResult, Job } from '../api/job.ts';
import { formatCount, formatDuration, plural } from './quantities.ts';
import { durationOf } from './write-summary.ts';

/** What became of a deletion by query, in a line. */
export function deletionSummary(job: Job<DeletionResult>): string {
  const { result, error, index } = job;
  if (error) return `${pc.red('✗')} ${job.state}: ${error.detail} (${error.code})`;
  if (!result) return `${job.state === 'succeeded' ? pc.green('✓') : pc.red('✗')} ${job.state}  job ${job.id}`;
  const { deleted, matched, versionConflicts, failed, version, dryRun } = result;
  const counts = [
    dryRun ? `${plural(matched, 'document')} matched, nothing was deleted` : `${plural(deleted, 'document')} deleted`,
    ...(!dryRun && matched > deleted ? [`${formatCount(matched)} matched`] : []),
    ...(versionConflicts > 0 ? [pc.yellow(`${formatCount(versionConflicts)} left, since others changed them`)] : []),
    ...(failed > 0 ? [pc.red(`${formatCount(failed)} could not be looked at`)] : []),
  ];
  const took = durationOf(job);
  const mark = failed > 0 ? pc.red('✗') : versionConflicts > 0 ? pc.yellow('!') : pc.green('✓');
  return `${mark} ${index}: ${counts.join(', ')}${took === undefined ? '' : ` in ${formatDuration(took)}`} (version ${version})`;
}
