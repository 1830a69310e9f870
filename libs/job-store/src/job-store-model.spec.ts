import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '#libs/kernel';
import { EmbeddedJobStore } from './index.ts';
import { describeJobStoreModel } from './job-store-model-contract.ts';

describeJobStoreModel('EmbeddedJobStore', {
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quarry-model-'));
    return {
      connect: (clock) => EmbeddedJobStore.open({ path: join(folder, 'jobs.db'), clock, random: systemRandom }),
      destroy: async () => rmSync(folder, { recursive: true }),
    };
  },
});
