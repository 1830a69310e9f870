import { objectStoreContract } from '../object-store-contract.ts';
import { MemoryObjectStore } from './memory-object-store.ts';

objectStoreContract('MemoryObjectStore', { create: async () => new MemoryObjectStore() });

describe('MemoryObjectStore', () => {
  it('keeps its bodies to itself', async () => {
    const store = new MemoryObjectStore();
    const body = Uint8Array.of(1, 2, 3);
    await store.put('k', body);
    body[0] = 9;
    (await store.get('k'))[1] = 9;
    expect(await store.get('k')).toEqual(Uint8Array.of(1, 2, 3));
  });
});
