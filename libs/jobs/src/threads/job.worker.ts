import { serveThread } from '#libs/threads';
import { jobHandlers } from './job-handlers.ts';

serveThread(jobHandlers);
