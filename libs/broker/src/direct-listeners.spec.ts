import { toErrorRecord, type QuarryError } from '#libs/kernel';
import { DirectListeners } from './direct-listeners.ts';

/** Resolves after all microtasks that are waiting now. */
const handedOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('DirectListeners', () => {
  let errors: QuarryError[];
  let listeners: DirectListeners;
  beforeEach(() => {
    errors = [];
    listeners = new DirectListeners((error) => errors.push(error));
  });

  it('hands over after the running code, never within `send`', async () => {
    const heard: string[] = [];
    listeners.listen('w', (body) => heard.push(body));
    listeners.send('w', ['a', 'b']);
    expect(heard).toEqual([]);
    await handedOver();
    expect(heard).toEqual(['a', 'b']);
  });

  it('reports a receiver that throws, and goes on', async () => {
    const heard: string[] = [];
    listeners.listen('bad', (body) => {
      heard.push(body);
      throw new Error(`cannot read ${body}`);
    });
    listeners.listen('good', (body) => heard.push(body));
    listeners.send('bad', ['a', 'b']);
    listeners.send('good', ['c']);
    await handedOver();
    expect(heard).toEqual(['a', 'b', 'c']);
    expect(errors.map(({ message }) => message)).toEqual(['cannot read a', 'cannot read b']);
  });

  it('gives nothing to who has closed meanwhile, nor to who listens there next', async () => {
    const heard: string[] = [];
    const first = listeners.listen('w', (body) => {
      heard.push(`first ${body}`);
      void first.close();
    });
    listeners.send('w', ['a', 'b']);
    await handedOver();
    listeners.send('w', ['nobody']);
    listeners.listen('w', (body) => heard.push(`second ${body}`));
    await first.close();
    listeners.send('w', ['c']);
    await handedOver();
    expect(heard).toEqual(['first a', 'second c']);
  });

  it('refuses a second listener at an address', () => {
    listeners.listen('w', () => {});
    const refused = (): unknown => {
      try {
        return listeners.listen('w', () => {});
      } catch (error) {
        return toErrorRecord(error);
      }
    };
    expect(refused()).toMatchObject({ kind: 'conflict', code: 'address_taken' });
  });
});
