import { jest } from '@jest/globals';

// Real servers and real processes answer when they can: what is a failure here is a hang, not a busy machine. Set here,
// because Jest heeds `testTimeout` of the whole configuration alone, not of one of its projects.
jest.setTimeout(180_000);
