import type { FastifyInstance } from 'fastify';
import type { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { Platform } from '../../../platform/src/platform.ts';

export const QUEUE_DASHBOARD_PATH = '/admin/queues';

/** Its page names a font at another host, which is not fetched; its own styles are partly in line. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

/**
 * bull-board over BullMQ's queues, which can do all that BullMQ can; with another broker a way to our own page. Who may see
 * it is decided by the guard of its path.
 */
export async function serveQueueDashboard(fastify: FastifyInstance, { queueDashboard }: Platform): Promise<void> {
  if (!queueDashboard) {
    fastify.get(QUEUE_DASHBOARD_PATH, (_request, reply) => reply.redirect('../admin'));
    return;
  }
  // Loaded only here: most processes never need it.
  const [{ createBullBoard }, { BullMQAdapter: Adapter }, { FastifyAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/fastify'),
  ]);
  const serverAdapter = new FastifyAdapter();
  serverAdapter.setBasePath(QUEUE_DASHBOARD_PATH);
  const board = createBullBoard({
    queues: [],
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Quarry · queues', miscLinks: [{ text: 'Quarry', url: '/admin' }] } },
  });
  const shown = new Map<unknown, BullMQAdapter>();
  const showAll = (): void => {
    const queues = queueDashboard.queues();
    if (queues.every((queue) => shown.has(queue)) && queues.length === shown.size) return;
    for (const queue of shown.keys()) if (!queues.includes(queue)) shown.delete(queue);
    for (const queue of queues) {
      // The platform keeps BullMQ's types to its adapter; bull-board is made for them.
      const raw = queue as ConstructorParameters<typeof BullMQAdapter>[0];
      if (!shown.has(queue)) shown.set(queue, new Adapter(raw));
    }
    board.replaceQueues([...shown.values()]);
  };
  await fastify.register(
    async (scope) => {
      // Elsewhere bodies stay streams.
      scope.addContentTypeParser(
        'application/json',
        { parseAs: 'string' },
        scope.getDefaultJsonParser('error', 'error'),
      );
      scope.addHook('onRequest', async (_request, reply) => {
        void reply.headers({ 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' });
        showAll();
      });
      await scope.register(serverAdapter.registerPlugin());
    },
    { prefix: QUEUE_DASHBOARD_PATH },
  );
}
