import { connect, type Channel, type ChannelModel, type ConfirmChannel, type RecoveringChannelModel } from 'amqplib';
import { jitteredBackoffMs, QuarryError, unavailable, type Clock, type Random } from '#libs/kernel';
import { Gate } from './gate.ts';
import { brokerClosed, describeUrl, translateConnectError, translateRabbitError } from './rabbit-errors.ts';

export interface RabbitConnectionOptions {
  readonly url: string;
  /** Shown by rabbitmqctl and the management page. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Told once for each outage. */
  readonly onError: (error: QuarryError) => void;
}

/** A node restarts within some seconds; who waits longer is better told. */
export const CONNECT_PATIENCE_MS = 5000;
const HANDSHAKE_TIMEOUT_MS = 5000;
/** Two silent intervals end a connection: a lost route is noticed after 20 s instead of the server's default of 2 minutes. */
const HEARTBEAT_S = 10;
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 5000;
/** A server that does not even answer a goodbye is left alone. */
const CLOSE_TIMEOUT_MS = 3000;
const RPC_TIMEOUT_MS = 10_000;
/** Message TTL and at-least-once dead-lettering of quorum queues. */
const OLDEST_SERVER = [3, 10] as const;

/** One TCP connection that comes back by itself (amqplib's recovery), with bounded waits while it is away. */
export class RabbitConnection {
  /** Shut while there is no connection. */
  readonly up: Gate;
  /** Shut while the server takes no publishes (connection.blocked: memory or disk alarm). */
  readonly unblocked: Gate;
  readonly clock: Clock;
  readonly random: Random;
  private readonly at: string;
  private readonly model: RecoveringChannelModel;
  private closing: Promise<void> | undefined;

  private constructor(options: RabbitConnectionOptions, model: RecoveringChannelModel, at: string) {
    this.clock = options.clock;
    this.random = options.random;
    this.up = new Gate(options.clock);
    this.unblocked = new Gate(options.clock);
    this.model = model;
    this.at = at;
    // What ends a connection is told by 'disconnect'; but an 'error' that nobody listens to would end the process.
    model.on('error', () => {});
    model.on('handler-error', () => {});
    model.on('disconnect', (error: Error) => {
      this.up.shut();
      this.unblocked.open();
      options.onError(unavailable('broker_unavailable', `rabbitmq at ${at} was lost: ${error.message}`, { at }));
    });
    model.on('connect', () => this.up.open());
    model.on('blocked', () => this.unblocked.shut());
    model.on('unblocked', () => this.unblocked.open());
  }

  /** Rejects when the first attempt fails: `unavailable` (`broker_unavailable`), `invalid` (`access_denied`, `bad_url`, `broker_too_old`). */
  static async open(options: RabbitConnectionOptions): Promise<RabbitConnection> {
    const at = describeUrl(options.url);
    const url = new URL(options.url);
    if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(HEARTBEAT_S));
    try {
      const model = await connect(url.href, {
        // Without it Nagle's algorithm meets delayed acks: a confirmed publish takes 44 ms instead of 0.9 ms.
        noDelay: true,
        keepAlive: true,
        timeout: HANDSHAKE_TIMEOUT_MS,
        clientProperties: { connection_name: options.name },
        recovery: {
          initialMaxRetries: 0,
          calculateDelay: (attempt) =>
            BACKOFF_MIN_MS + jitteredBackoffMs(options.random, attempt, BACKOFF_MIN_MS, BACKOFF_MAX_MS),
          setup: async (fresh: ChannelModel) => checkVersion(fresh.connection.serverProperties.version, at),
        },
      });
      return new RabbitConnection(options, model, at);
    } catch (error) {
      throw translateConnectError(error, at);
    }
  }

  get isClosed(): boolean {
    return this.closing !== undefined;
  }

  /** Waits for a connection for a while; throws `unavailable` when there is none by then, or never again. */
  async ready(patienceMs = CONNECT_PATIENCE_MS): Promise<void> {
    if (this.isClosed) throw brokerClosed();
    if (!this.up.isOpen) await this.up.pass(patienceMs);
    if (this.isClosed) throw brokerClosed();
    if (!this.up.isOpen) {
      throw unavailable('broker_unavailable', `rabbitmq at ${this.at} is not connected; still trying`, { at: this.at });
    }
  }

  async openChannel(): Promise<Channel> {
    await this.ready();
    return this.opened(this.model.createChannel());
  }

  async openConfirmChannel(): Promise<ConfirmChannel> {
    await this.ready();
    return this.opened(this.model.createConfirmChannel());
  }

  /** The answer of the server, or `unavailable` when it takes too long; translates errors. */
  async within<T>(doing: string, answer: Promise<T>, limitMs = RPC_TIMEOUT_MS): Promise<T> {
    let cancel = (): void => {};
    const late = new Promise<never>((_, reject) => {
      cancel = this.clock.after(limitMs, () =>
        reject(unavailable('broker_unavailable', `rabbitmq at ${this.at} did not answer ${doing} in ${limitMs} ms`)),
      );
    });
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      throw translateRabbitError(error, doing);
    } finally {
      cancel();
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    this.up.wakeAll();
    this.unblocked.wakeAll();
    // There is nothing to do about a connection that ends otherwise than by goodbye.
    await this.within('the goodbye', this.model.close(), CLOSE_TIMEOUT_MS).catch(() => {});
    this.up.shut();
  }

  private async opened<C extends Channel>(opening: Promise<C>): Promise<C> {
    const ready = opening.then((channel) => {
      // Channel errors are told to whoever waits for an answer, and by 'close'.
      channel.on('error', () => {});
      channel.on('handler-error', () => {});
      return channel;
    });
    try {
      return await this.within('opening a channel', ready, CONNECT_PATIENCE_MS);
    } catch (error) {
      // It may come yet.
      ready.then((channel) => channel.close()).catch(() => {});
      throw error;
    }
  }
}

function checkVersion(version: string, at: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_SERVER;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new QuarryError('invalid', `rabbitmq at ${at} is version ${version}; use ${OLDEST_SERVER.join('.')} or newer`, {
    code: 'broker_too_old',
    details: { version },
  });
}
