/** A RabbitMQ of one's own: a node with its own name, ports, folder, cookie and port mapper, user guest/guest. */
export interface OwnRabbit {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** Ends it and removes its folder. */
  readonly stop: () => Promise<void>;
  /** Kill -9. */
  readonly kill: () => Promise<void>;
  /** Lets it end in an orderly way if it runs, and starts it again on the same port and folder. */
  readonly restart: () => Promise<void>;
  /** Runs rabbitmqctl; gives what it printed. */
  readonly ctl: (...args: string[]) => Promise<string>;
}

export interface RabbitOptions {
  /** A free one unless named. */
  readonly port?: number;
  /** More lines of rabbitmq.conf. */
  readonly conf?: readonly string[];
}

export function startRabbit(options?: RabbitOptions): Promise<OwnRabbit>;
