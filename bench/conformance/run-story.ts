import { LeftOut } from './left-out.ts';
import type { ElasticFacade } from './elastic-facade.ts';
import type { Step, Story } from './story.ts';

export interface Outcome {
  readonly story: string;
  readonly step: string;
  readonly result: 'passed' | 'failed' | 'left out';
  /** Why it failed, a line each, or the one reason why it was left out. */
  readonly because: readonly string[];
}

/** Runs a story's steps in order. What stands on data that could not be made is left out for the same reason. */
export async function runStory(story: Story, facade: ElasticFacade): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let dataLeftOut: string | undefined;
  for (const step of story.steps) {
    const outcome = await runStep(story, step, facade, dataLeftOut);
    if (step.isSetup && outcome.result === 'left out' && step.title !== 'epilogue') dataLeftOut = outcome.because[0];
    if (!step.isSetup || outcome.result === 'failed') outcomes.push(outcome);
  }
  return outcomes;
}

async function runStep(story: Story, step: Step, facade: ElasticFacade, dataLeftOut?: string): Promise<Outcome> {
  const of = { story: story.name, step: step.title };
  const leftOut = step.leftOut ?? (step.isSetup ? undefined : dataLeftOut);
  if (leftOut !== undefined) return { ...of, result: 'left out', because: [leftOut] };
  try {
    const expectsError = step.check({ status: 200, body: {} }).some((line) => /instead of [45]\d\d/.test(line));
    const found = step.check(await facade.answer(step.call, expectsError));
    return { ...of, result: found.length === 0 ? 'passed' : 'failed', because: found };
  } catch (error) {
    if (error instanceof LeftOut) return { ...of, result: 'left out', because: [error.reason] };
    throw error;
  }
}
