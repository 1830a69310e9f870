import { serveThread } from '#libs/threads';
import { searchHandlers } from './search-handlers.ts';

serveThread(searchHandlers);
