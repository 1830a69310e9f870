import { startGateways } from '../gateway-fixture.ts';

it('without BullMQ, its dashboard’s path leads to our own page', async () => {
  const site = await startGateways(1);
  const answer = await fetch(`${site.gateways[0]!.url}/admin/queues`);
  expect(answer.url).toBe(`${site.gateways[0]!.url}/admin`);
  expect(answer.status).toBe(200);
  expect(await (await fetch(`${site.gateways[0]!.url}/v1/admin/queues`)).json()).not.toHaveProperty('bullBoard');
  await site.close();
});
