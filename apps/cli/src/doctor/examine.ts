import type { Settings } from '#config';
import { asQuarryError } from '#libs/kernel';
import { describeLocation } from '#libs/redis';
import { openPlatform } from '../../../platform/src/open-platform.ts';
import { failed, ok, type Finding } from './finding.ts';
import { checkDisk, checkPing } from './machine-checks.ts';
import { checkConditionalWrites, checkStore } from './store-checks.ts';

/** Opens the platform as a server with these settings would, and checks each part. */
export async function examine(settings: Settings): Promise<Finding[]> {
  const { store, dataFolder } = settings;
  const place = store.kind === 'file' ? `file://${store.folder}` : `s3://${store.bucket}/${store.prefix}`;
  const findings: Finding[] = [ok('settings', `store ${place}, ${servicesOf(settings)}`)];
  if (keepsData(settings)) findings.push(await checkDisk(dataFolder));
  if (store.kind === 'file' && !store.folder.startsWith(dataFolder)) findings.push(await checkDisk(store.folder));
  try {
    const platform = await openPlatform({ ...settings, logLevel: 'silent' }, { name: 'doctor' });
    try {
      findings.push(...(await checkStore(platform)));
      findings.push(await checkConditionalWrites(platform));
      findings.push(await checkPing('broker', () => platform.broker.ping(), 'check QUARRY_BROKER and QUARRY_DATA'));
      findings.push(await checkPing('job store', () => platform.jobs.ping(), 'check QUARRY_JOBS and QUARRY_DATA'));
      const eviction = await platform.evictionCheck.warning();
      if (eviction !== undefined) findings.push(failed('redis', eviction, 'CONFIG SET maxmemory-policy noeviction'));
    } finally {
      await platform.close();
    }
  } catch (error) {
    const { code, message } = asQuarryError(error);
    findings.push(failed('start', `${message} (${code})`, 'check QUARRY_DATA, QUARRY_STORE and who may write there'));
  }
  return findings;
}

const keepsData = ({ broker, jobs }: Settings): boolean => broker.kind === 'embedded' || jobs.kind === 'embedded';

/** Without passwords. */
function servicesOf({ broker, jobs, dataFolder }: Settings): string {
  const nameOf = (place: Settings['broker'] | Settings['jobs']): string => {
    if (place.kind === 'embedded') return `embedded in ${dataFolder}`;
    return place.kind === 'redis'
      ? `redis at ${describeLocation(place.redis)}`
      : `rabbitmq at ${new URL(place.url).host}`;
  };
  return `broker ${nameOf(broker)}, jobs ${nameOf(jobs)}`;
}
