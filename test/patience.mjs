import { jest } from '@jest/globals';

// Real servers and real processes answer when they can, and a machine that does ten other things gives a property some
// seconds of it in a minute: what is a failure here is a hang, not a busy machine. Tests that need longer say so; none says
// less. Set here, because Jest heeds `testTimeout` of the whole configuration alone, not of one of its projects.
jest.setTimeout(180_000);
