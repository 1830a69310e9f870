import { FakeTerminal } from './cli-test-fixture.ts';
import { runUntilSignal } from './run-until-signal.ts';

describe('runUntilSignal', () => {
  it('closes once at the first signal; the same signal told again right away is no second', async () => {
    const terminal = new FakeTerminal();
    let closed = 0;
    const close = async (): Promise<void> => {
      closed++;
      terminal.signal('SIGTERM');
    };
    terminal.onWrite = (text) => text.includes('at http://x') && queueMicrotask(() => terminal.signal('SIGTERM'));
    expect(await runUntilSignal(terminal, async () => ({ url: 'http://x', close }), 'standalone')).toBe(0);
    expect(closed).toBe(1);
    expect(terminal.err).toContain('quarry standalone at http://x\n');
  });

  it('passes on why it could not start', async () => {
    await expect(
      runUntilSignal(new FakeTerminal(), () => Promise.reject(new Error('port taken')), 'gateway'),
    ).rejects.toThrow('port taken');
  });
});
