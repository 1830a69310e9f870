import { loadSettings } from '#config';
import { systemEnvironment } from '#libs/kernel';
import { failProcess, stopOnSignal } from '../../platform/src/server-process.ts';
import { startGateway } from './gateway.ts';

try {
  const gateway = await startGateway(loadSettings(systemEnvironment()));
  stopOnSignal(() => gateway.close());
  process.stdout.write(`quarry gateway is up at ${gateway.url}\n`);
} catch (error) {
  failProcess(error);
}
