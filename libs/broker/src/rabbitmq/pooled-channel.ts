import type { Channel } from 'amqplib';

/** A channel for single questions and publishes: opened when needed, again when the server has closed it. */
export class PooledChannel<C extends Channel> {
  private readonly open: () => Promise<C>;
  private opening: Promise<C> | undefined;

  constructor(open: () => Promise<C>) {
    this.open = open;
  }

  get(): Promise<C> {
    this.opening ??= this.fresh();
    return this.opening;
  }

  private fresh(): Promise<C> {
    const opening: Promise<C> = this.open();
    const forget = (): void => {
      if (this.opening === opening) this.opening = undefined;
    };
    opening.then((channel) => channel.once('close', forget), forget);
    return opening;
  }
}
