import { AddressPolicy } from './address-policy.ts';
import { checkWebhookUrl } from './webhook-url.ts';

const strict = new AddressPolicy();

describe('checkWebhookUrl', () => {
  it.each([
    'https://example.com/hook?x=1',
    'http://example.com:8080',
    'https://93.184.216.34/',
    'https://[2606:4700::1]/',
  ])('takes %s', (url) => {
    expect(checkWebhookUrl(url, strict).href).toContain(url);
  });

  it.each([
    '',
    'example.com/hook',
    '//example.com',
    'ftp://example.com',
    'file:///etc/passwd',
    'unix:/run/docker.sock',
    'javascript:alert(1)',
    'https://',
    'https://user:secret@example.com',
    'https://user@example.com',
    `https://example.com/${'x'.repeat(2000)}`,
  ])('refuses %s', (url) => {
    expect(() => checkWebhookUrl(url, strict, 'bad_callback_url')).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'bad_callback_url' }) as Error,
    );
  });

  it.each([
    'http://127.0.0.1',
    'http://127.1',
    'http://0x7f.1',
    'http://0x7f000001',
    'http://2130706433',
    'http://017700000001',
    'http://127.0.0.1.',
    'http://①②⑦.0.0.1',
    'http://0/',
    'http://[::1]:6379',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[0:0:0:0:0:ffff:a9fe:a9fe]',
    'http://[64:ff9b::a9fe:a9fe]',
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00:ec2::254]/latest/meta-data',
  ])('refuses the address in %s', (url) => {
    expect(() => checkWebhookUrl(url, strict)).toThrow('is an address that webhooks may not reach');
  });

  it('does not show a password', () => {
    expect(() => checkWebhookUrl('https://user:hunter2@example.com', strict)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }) as Error,
    );
  });
});
