import { openParty, hostBoth, type Counts } from './throughput-party.ts';

/** What the worker process of the throughput benchmark tells its parent, and is told. */
export type FromWorker = { readonly ready: true } | { readonly consumed: number } | { readonly counts: Counts };
export type ToWorker = 'counts' | 'close';

const tell = (message: FromWorker): void => void process.send!(message);

const { platform, meter } = await openParty(process.env);
let consumed = 0;
const hosted = await hostBoth(platform, () => {
  // One message to the parent for all that come together.
  if (consumed++ === 0)
    setImmediate(() => {
      tell({ consumed });
      consumed = 0;
    });
});
process.on('message', (message: ToWorker) => {
  if (message === 'counts') tell({ counts: meter() });
  else void close();
});
tell({ ready: true });

async function close(): Promise<void> {
  await hosted.close();
  await platform.close();
  process.disconnect();
}
