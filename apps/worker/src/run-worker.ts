import { loadSettings } from '#config';
import { systemEnvironment } from '#libs/kernel';
import { failProcess, stopOnSignal } from '../../platform/src/server-process.ts';
import { startWorker } from './worker.ts';

try {
  const worker = await startWorker(loadSettings(systemEnvironment()));
  stopOnSignal(() => worker.close());
  const { probePort } = worker;
  process.stdout.write(`quarry worker is up${probePort === undefined ? '' : `, probes at port ${probePort}`}\n`);
} catch (error) {
  failProcess(error);
}
