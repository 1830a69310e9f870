import type { Settings } from '#config';
import { serveGateway } from '../../gateway/src/gateway.ts';
import { openPlatform } from '../../platform/src/open-platform.ts';
import type { Platform } from '../../platform/src/platform.ts';
import { hostWorker } from '../../worker/src/worker.ts';

export interface Standalone {
  readonly url: string;
  readonly platform: Platform;
  close(): Promise<void>;
}

/** Gateway and worker in one process on one platform: development, demos, small installations. */
export async function startStandalone(settings: Settings): Promise<Standalone> {
  const platform = await openPlatform(settings, { name: 'standalone' });
  try {
    const gateway = await serveGateway(platform);
    const worker = await hostWorker(platform);
    return {
      url: gateway.url,
      platform,
      close: async () => {
        await gateway.close();
        await worker.close();
        await platform.close();
      },
    };
  } catch (error) {
    await platform.close();
    throw error;
  }
}
