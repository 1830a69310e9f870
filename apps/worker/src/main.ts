import { keepHeapTight } from '../../platform/src/tight-heap.ts';

keepHeapTight();
// Loaded only now: what the heap grows to while modules are loaded it keeps.
await import('./run-worker.ts');
