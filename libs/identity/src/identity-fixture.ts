import { seededRandom, type Clock } from '#libs/kernel';
import type { AuthOn } from './identity-settings.ts';
import { openIdentity, type Identity, type IdentityParts } from './open-identity.ts';

/** Starts at a whole second of the present, which is what jose's own cooldowns go by. */
export class TestClock implements Clock {
  time = Math.floor(Date.now() / 1000) * 1000;
  now = (): number => this.time;
  monotonic = (): number => this.time;
  sleep = async (ms: number): Promise<void> => void (this.time += ms);
  after = (): (() => void) => () => {};
}

export const KEYS_ONLY: AuthOn = { mode: 'on', algorithms: ['HS256'], tenantClaim: 'tenant' };

let seed = 1;
export function identityOver(
  store: IdentityParts['store'],
  auth: AuthOn | { mode: 'off' } = KEYS_ONLY,
  clock: Clock = new TestClock(),
): Identity {
  return openIdentity({ auth, store, clock, random: seededRandom(seed++) });
}
