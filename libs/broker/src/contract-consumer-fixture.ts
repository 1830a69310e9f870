import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#libs/kernel';
import type { Broker } from './broker.ts';

/** What a consuming process of the contract suite prints, one JSON a line. */
export type ConsumerEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'start' | 'done' | 'overlap'; readonly body: string; readonly attempt: number };

function tell(event: ConsumerEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/**
 * The body of a process that the contract suite starts, and perhaps kills. `hold`: never settles. `work`: holds a file
 * named after the message for a moment, and tells when another process holds it too.
 */
export async function runContractConsumer(
  broker: Broker,
  mailbox: string,
  mode: 'hold' | 'work',
  lockFolder: string,
): Promise<void> {
  await broker.consume(mailbox, { concurrency: 4 }, async ({ body, attempt }) => {
    tell({ event: 'start', body, attempt });
    if (mode === 'hold') return new Promise(() => {});
    const lock = join(lockFolder, body);
    try {
      closeSync(openSync(lock, 'wx'));
    } catch {
      tell({ event: 'overlap', body, attempt });
    }
    await systemClock.sleep(2);
    unlinkSync(lock);
    tell({ event: 'done', body, attempt });
    return 'ack';
  });
  tell({ event: 'ready' });
}
