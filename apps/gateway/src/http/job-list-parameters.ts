import { invalid } from '#libs/kernel';
import { JOB_STATES, type JobState } from '#libs/job-store';

/** A job's id, a ULID: also where a page of jobs ended. */
export const JOB_ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** One state of jobs. Throws `invalid` (`bad_parameter`). */
export function jobStateParameter(text: string): JobState {
  const state = JOB_STATES.find((known) => known === text);
  if (state !== undefined) return state;
  throw invalid('bad_parameter', `state=${text} is not one of ${JOB_STATES.join(', ')}`, { parameter: 'state' });
}

/** The `after` of a page, as `list` takes it. Throws `invalid` (`bad_parameter`). */
export function jobCursorParameter(after: string | undefined): { readonly after?: string } {
  if (after === undefined) return {};
  if (JOB_ID.test(after)) return { after };
  throw invalid('bad_parameter', `after=${after} is not the "next" of a page before`, { parameter: 'after' });
}
