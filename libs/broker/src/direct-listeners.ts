import { asQuarryError, QuarryError } from '#libs/kernel';
import type { Listener } from './broker.ts';
import { checkMailbox, checkMessage } from './check-message.ts';

/** Direct messages within one process. They are handed over after the running code, in the order sent. */
export class DirectListeners {
  private readonly byAddress = new Map<string, (body: string) => void>();

  /** @param onError told of a receiver that threw; the messages after it are handed over all the same */
  constructor(private readonly onError: (error: QuarryError) => void) {}

  /** Throws `conflict` (`address_taken`) when somebody listens there already, and `invalid` (`bad_mailbox`). */
  listen(address: string, receive: (body: string) => void): Listener {
    checkMailbox(address);
    if (this.byAddress.has(address)) {
      throw new QuarryError('conflict', `somebody listens at "${address}" already; close that listener first`, {
        code: 'address_taken',
        details: { address },
      });
    }
    // A function of its own, so that a late second `close` cannot end who listens there by then.
    const own = (body: string): void => receive(body);
    this.byAddress.set(address, own);
    return {
      close: async () => {
        if (this.byAddress.get(address) === own) this.byAddress.delete(address);
      },
    };
  }

  send(address: string, bodies: readonly string[]): boolean {
    checkMailbox(address);
    for (const body of bodies) checkMessage({ body });
    const receive = this.byAddress.get(address);
    if (!receive) return false;
    for (const body of bodies) queueMicrotask(() => this.handOver(address, receive, body));
    return true;
  }

  /** Ends all listeners. */
  clear(): void {
    this.byAddress.clear();
  }

  private handOver(address: string, receive: (body: string) => void, body: string): void {
    if (this.byAddress.get(address) !== receive) return;
    try {
      receive(body);
    } catch (error) {
      this.onError(asQuarryError(error));
    }
  }
}
