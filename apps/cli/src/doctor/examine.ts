import type { Settings } from '#config';
import { asQuarryError } from '#libs/kernel';
import { openPlatform } from '../../../platform/src/open-platform.ts';
import { failed, ok, type Finding } from './finding.ts';
import { checkDisk, checkPing } from './machine-checks.ts';
import { checkConditionalWrites, checkStore } from './store-checks.ts';

/** Opens the platform as a server with these settings would, and checks each part. */
export async function examine(settings: Settings): Promise<Finding[]> {
  const { store, dataFolder } = settings;
  const place = store.kind === 'file' ? `file://${store.folder}` : `s3://${store.bucket}/${store.prefix}`;
  const findings: Finding[] = [ok('settings', `store ${place}, data ${dataFolder}`), await checkDisk(dataFolder)];
  if (store.kind === 'file' && !store.folder.startsWith(dataFolder)) findings.push(await checkDisk(store.folder));
  try {
    const platform = await openPlatform({ ...settings, logLevel: 'silent' }, { name: 'doctor' });
    try {
      findings.push(...(await checkStore(platform)));
      findings.push(await checkConditionalWrites(platform));
      findings.push(await checkPing('broker', () => platform.broker.ping(), 'check QUARRY_BROKER and QUARRY_DATA'));
      findings.push(await checkPing('job store', () => platform.jobs.ping(), 'check QUARRY_JOBS and QUARRY_DATA'));
    } finally {
      await platform.close();
    }
  } catch (error) {
    const { code, message } = asQuarryError(error);
    findings.push(failed('start', `${message} (${code})`, 'check QUARRY_DATA, QUARRY_STORE and who may write there'));
  }
  return findings;
}
