import { findProgram } from './find-program.mjs';
import { holdService } from './kept-service.mjs';
import { s3Answers } from './s3-request.mjs';

const PROGRAMS = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'ceph-authtool', 'monmaptool'];

/** The first program of Ceph that is missing, or undefined. */
export const missingCephProgram = () => PROGRAMS.find((program) => findProgram(program) === undefined);

/** The Ceph that a run before left up, or a new one. `release` lets go of it. */
export async function holdCeph() {
  const held = await holdService('ceph');
  if (await s3Answers(held.server)) return held;
  held.release();
  throw new Error('Ceph did not start: its gateway does not answer');
}
