import { hostname } from 'node:os';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Member } from '#libs/job-store';
import { Platform } from '../../../platform/src/platform.ts';
import { VERSION } from '../../../platform/src/version.ts';

/** Nothing depends on it but what people see, so that it need not be as fresh as a worker's. */
const BEAT_MS = 5_000;
/** Three beats may be lost. */
const TTL_MS = 16_000;

/** Says that this gateway is there, for the operators' page. */
@Injectable()
export class GatewayPresence implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly self: Omit<Member, 'cache'>;
  private cancelTimer: () => void = () => {};
  private beating: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly platform: Platform) {
    this.self = {
      id: platform.ids.next(),
      kind: 'gateway',
      host: hostname(),
      pid: process.pid,
      version: VERSION,
      startedAt: platform.clock.now(),
      roles: [],
      draining: false,
      load: { running: 0, waiting: 0, concurrency: 0 },
    };
  }

  /** Not awaited: a gateway starts without a job store as well, and says by /readyz what is missing. */
  onApplicationBootstrap(): void {
    this.beating = this.beat();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.beating;
    await this.tell(() => this.platform.membership.withdraw(this.self.id));
  }

  private async beat(): Promise<void> {
    const member = { ...this.self, cache: this.platform.cacheUse() };
    await this.tell(() => this.platform.membership.announce(member, TTL_MS));
    if (this.stopped) return;
    this.cancelTimer = this.platform.clock.after(BEAT_MS, () => {
      this.beating = this.beat();
    });
  }

  private async tell(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.platform.logger.debug({ err: error }, 'the gateway could not say that it is there');
    }
  }
}
