import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { systemClock, unavailable } from '#libs/kernel';
import { MemoryJobStore } from '#libs/job-store';
import { MemoryObjectStore } from '#libs/object-store';
import { silentLogger } from '#libs/telemetry';
import type { Platform } from '../../../platform/src/platform.ts';
import { StagedUploads, type StagedUpload } from './staged-uploads.ts';

const JOB = 'mine';
const NAME = { tenant: 't', index: 'i' };

async function staging() {
  const store = new MemoryObjectStore({ clock: systemClock });
  const jobs = new MemoryJobStore({ clock: systemClock });
  const headers = new Map<string, string>();
  const settings = { bodyLimitBytes: 1000 };
  const catalog = { stagingKey: (_name: unknown, job: string, file: string) => `staging/${job}/${file}` };
  const platform = { store, jobs, settings, catalog, logger: silentLogger } as unknown as Platform;
  const uploads = new StagedUploads(platform);
  const reply = { getHeader: (name: string) => headers.get(name) } as unknown as FastifyReply;
  const body = Readable.from([new TextEncoder().encode('{"a":1}\n')]);
  const upload = { name: NAME, job: JOB, body, encoding: undefined, format: undefined, contentType: undefined };
  const staged = await uploads.stage(upload);
  const makeJob = () => jobs.create({ id: JOB, kind: 'import', ...NAME, spec: { sources: [staged.source] } });
  const answer = (job: string) => headers.set('Quarry-Job', job);
  const submit = (submission: () => Promise<unknown>) => uploads.discardUnlessTaken(staged, JOB, submission, reply);
  return { store, jobs, staged, makeJob, answer, submit };
}

const isKept = async (store: MemoryObjectStore, { key }: StagedUpload): Promise<boolean> =>
  (await store.head(key)) !== undefined;

const lost = () => Promise.reject(unavailable('broker_unavailable', 'the broker is out of reach'));

describe('a staged body (JOB-1)', () => {
  it('is kept when its job was made but could not be announced', async () => {
    const { store, staged, makeJob, submit } = await staging();
    await expect(submit(() => makeJob().then(lost))).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(await isKept(store, staged)).toBe(true);
  });

  it('is kept when nobody can say whether its job was made', async () => {
    const { store, staged, jobs, submit } = await staging();
    jobs.get = lost;
    await expect(submit(lost)).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(await isKept(store, staged)).toBe(true);
  });

  it('is kept when its job was answered, even if the job failed', async () => {
    const { store, staged, answer, submit } = await staging();
    await expect(submit(() => (answer(JOB), lost()))).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(await isKept(store, staged)).toBe(true);
  });

  it('is deleted when the submission was refused', async () => {
    const { store, staged, submit } = await staging();
    await expect(submit(lost)).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(await isKept(store, staged)).toBe(false);
  });

  it('is deleted when an earlier job answers for it', async () => {
    const { store, staged, answer, submit } = await staging();
    await submit(() => Promise.resolve(answer('earlier')));
    expect(await isKept(store, staged)).toBe(false);
  });

  it('that cannot be deleted does not change the answer', async () => {
    const { store, answer, submit } = await staging();
    store.deleteMany = lost;
    expect(await submit(() => Promise.resolve(answer('earlier')).then(() => 'answered'))).toBe('answered');
  });
});
