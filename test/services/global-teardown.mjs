import { RUNNING } from './global-setup.mjs';

export default async function tearDown() {
  const running = globalThis[RUNNING];
  globalThis[RUNNING] = undefined;
  await (await running)?.stop();
}
