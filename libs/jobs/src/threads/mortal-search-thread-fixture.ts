import { serveThread } from '#libs/threads';
import { searchHandlers } from './search-handlers.ts';

// A thread as the product's, that dies when it is told to.
serveThread((conversation) => ({ ...searchHandlers(conversation), die: () => process.exit(9) }));
