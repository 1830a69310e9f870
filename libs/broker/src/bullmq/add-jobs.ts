import type { JobJson, Queue } from 'bullmq';

/**
 * Adds all jobs or none: several in one MULTI, for which bullmq has `addFlow`. Its `Queue.addBulk` is a plain pipeline that
 * can break off in the middle, and its `FlowProducer.addBulk` drops the errors of single jobs.
 */
export async function addJobs(queue: Queue, prefix: string, jobs: readonly JobJson[]): Promise<void> {
  const backend = queue.getBackend();
  const [first] = jobs;
  if (jobs.length === 1 && first) {
    await backend.addJob(first, first.id);
    return;
  }
  const addTogether = async (): Promise<void> => {
    const answers = await backend.addFlow(
      jobs.map((job) => ({ jobData: job, jobId: job.id, parentKeyOpts: {}, prefix, queueName: queue.name })),
    );
    for (const [error] of answers) if (error) throw error;
  };
  try {
    await addTogether();
  } catch (error) {
    if (!(error as Error).message.includes('NOSCRIPT')) throw error;
    // Somebody has emptied the server's script cache (SCRIPT FLUSH). Within MULTI ioredis does not notice; by itself each
    // kind of script is loaded again. What is added twice under the same id is there once.
    const kinds = new Map(jobs.map((job) => [job.delay === 0, job]));
    for (const job of kinds.values()) await backend.addJob(job, job.id);
    await addTogether();
  }
}
