import { serveThread } from '#libs/threads';
import { jobHandlers } from './job-handlers.ts';

// A thread as the product's, that dies when it is told to.
serveThread((conversation) => ({ ...jobHandlers(conversation), die: () => process.exit(9) }));
