import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { seededRandom, systemClock } from '#libs/kernel';
import { signedHeaders } from './signed-headers.ts';
import { newSecret } from './signing-secret.ts';

/** Written from the text of Standard Webhooks 1.0.0 alone: what a receiver without any library would do. */
function verify(secret: string, headers: Record<string, string>, body: string, now: number): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!id || !timestamp || !signatures || !/^\d+$/.test(timestamp)) return false;
  if (Math.abs(now / 1000 - Number(timestamp)) > 300) return false;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest();
  return signatures.split(' ').some((signature) => {
    const [version, encoded] = signature.split(',');
    const given = Buffer.from(encoded ?? '', 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

const random = seededRandom(7);
const secret = (): string => newSecret(systemClock, random).secret;
const BODY = JSON.stringify({ type: 'job.succeeded', data: { text: 'größer als 20 €, 你好' } });

describe('signedHeaders', () => {
  it("agrees with the specification's own test vector", () => {
    const headers = signedHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, '{"test": 2432232314}', [
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    ]);
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    expect(headers['webhook-timestamp']).toBe('1614265330');
  });

  it('is verified by the library and by an implementation of its own', () => {
    const now = systemClock.now();
    const key = secret();
    const headers = { ...signedHeaders('msg_1', now, BODY, [key]) };
    expect(new Webhook(key).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    expect(verify(key, headers, BODY, now)).toBe(true);
  });

  it('holds for both secrets while one replaces the other, and for no third', () => {
    const now = systemClock.now();
    const [fresh, old, other] = [secret(), secret(), secret()];
    const headers = { ...signedHeaders('msg_1', now, BODY, [fresh, old]) };
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
    for (const key of [fresh, old]) {
      expect(() => new Webhook(key).verify(BODY, headers)).not.toThrow();
      expect(verify(key, headers, BODY, now)).toBe(true);
    }
    expect(() => new Webhook(other).verify(BODY, headers)).toThrow('No matching signature');
    expect(verify(other, headers, BODY, now)).toBe(false);
  });

  it.each([
    ['another body', { body: `${BODY} ` }],
    ['another id', { id: 'msg_2' }],
    ['another time', { time: 1000 }],
  ])('does not hold for %s', (_, changed: { body?: string; id?: string; time?: number }) => {
    const now = systemClock.now();
    const key = secret();
    const headers = { ...signedHeaders('msg_1', now, BODY, [key]) };
    if (changed.id) headers['webhook-id'] = changed.id;
    if (changed.time) headers['webhook-timestamp'] = String(Math.floor((now + changed.time) / 1000));
    expect(() => new Webhook(key).verify(changed.body ?? BODY, headers)).toThrow('No matching signature');
    expect(verify(key, headers, changed.body ?? BODY, now)).toBe(false);
  });
});
