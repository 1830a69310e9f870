import { join } from 'node:path';
import { SignJWT } from 'jose';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { createIds, systemClock, systemRandom } from '#libs/kernel';
import { EmbeddedBroker } from '#libs/broker';
import { EmbeddedJobStore } from '#libs/job-store';
import { ensureChromium } from './services/chromium.mjs';
import { startRedis } from './services/redis-server.mjs';
import { apiOf } from './support/api.ts';
import { QuarryProcess } from './support/quarry-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** The operators' page in a real browser, over the built product. */
let browser: Browser;
/** For a page to come to what it shall show: below the tests' own, so that it is said what was waited for. */
const PATIENCE_MS = 120_000;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  const executablePath = await ensureChromium();
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});
afterAll(() => browser.close());

async function start(environment: Record<string, string> = {}): Promise<{ quarry: QuarryProcess; folder: string }> {
  const folder = await temporaryFolder();
  closers.push(folder.remove);
  const quarry = await QuarryProcess.start({ dataFolder: folder.path, environment });
  closers.push(() => quarry.stop());
  return { quarry, folder: folder.path };
}

/** What the page did that it must not do. */
interface Offences {
  readonly errors: string[];
  readonly strangers: string[];
}

async function open(
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; context: BrowserContext; offences: Offences }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  closers.push(() => context.close());
  const page = await context.newPage();
  const offences: Offences = { errors: [], strangers: [] };
  page.on('pageerror', (error) => offences.errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && offences.errors.push(message.text()));
  page.on('dialog', (dialog) => {
    offences.errors.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== url) offences.strangers.push(request.url());
  });
  await page.goto(`${url}/admin`);
  return { page, context, offences };
}

const rowOf = (page: Page, section: string, text: string) => page.locator(`#${section} tbody tr`, { hasText: text });

/** The file of the server's broker, opened by another process: this one. */
async function openBroker(folder: string): Promise<EmbeddedBroker> {
  const ids = createIds(systemClock, systemRandom);
  const path = join(folder, 'broker.sqlite');
  const broker = await EmbeddedBroker.open({ path, clock: systemClock, random: systemRandom, ids });
  closers.push(() => broker.close());
  return broker;
}

it('mailboxes are paused and resumed, by mouse and by keyboard', async () => {
  const { quarry } = await start();
  const { page, offences } = await open(quarry.url);
  const api = apiOf(quarry.url);
  const row = rowOf(page, 'queues', 'quarry.search');
  await row.getByRole('button', { name: 'pause quarry.search' }).click();
  await row.getByText('paused').waitFor();
  // Workers look about every second; from then on a search waits.
  await api('POST', '/v1/indexes/i/documents?wait=30s', '{"_id":"1","text":"word"}\n');
  let waiting = await api('GET', '/v1/indexes/i/search?q=word&wait=50ms');
  while (waiting.status === 200) waiting = await api('GET', '/v1/indexes/i/search?q=word&wait=50ms');
  expect(waiting).toMatchObject({ status: 202, body: { state: 'queued' } });
  await row.getByRole('button', { name: 'resume quarry.search' }).click();
  expect((await api('GET', `/v1/jobs/${waiting.body.id}?wait=30s`)).body).toMatchObject({ state: 'succeeded' });

  // Focus survives what the page does every two seconds.
  const button = row.getByRole('button', { name: 'pause quarry.search' });
  await button.focus();
  for (let i = 0; i < 2; i++) await page.waitForResponse('**/v1/admin/queues');
  await page.keyboard.press('Enter');
  await row.getByText('paused').waitFor();
  await row.getByRole('button', { name: 'resume quarry.search' }).focus();
  await page.keyboard.press('Space');
  await row.getByText('paused').waitFor({ state: 'hidden' });
  expect(offences).toEqual({ errors: [], strangers: [] });
});

it('dead letters are shown as what they are, replayed and discarded', async () => {
  const { quarry, folder } = await start();
  const broker = await openBroker(folder);
  const { page, offences } = await open(quarry.url);
  await page.getByText('No message was given up.').waitFor();
  const hostile = '<img src=x onerror=alert(1)>';
  await broker.publish('quarry.search', [{ body: `{"v":1,${hostile}` }, { body: '{"v":99,"job":"j","kind":"k"}' }]);
  const row = rowOf(page, 'dead-letters', hostile);
  await row.waitFor();
  await rowOf(page, 'dead-letters', 'version 99').waitFor();
  await row.locator('summary').click();
  await row.locator('pre', { hasText: `{"v":1,${hostile}` }).waitFor();
  await page.locator('#summary div', { hasText: 'Dead letters' }).getByText('2', { exact: true }).waitFor();

  // Put back, it dies again, as another letter.
  const before = await row.getAttribute('data-id');
  await row.getByRole('button', { name: /^replay/ }).click();
  await page.locator(`[data-id="${before}"]`).waitFor({ state: 'detached' });
  await row.waitFor();
  expect(await row.getAttribute('data-id')).not.toBe(before);

  await row.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Discard selected' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Leave it' }).click();
  expect(await row.count()).toBe(1);
  await page.getByRole('button', { name: 'Discard selected' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await row.waitFor({ state: 'detached' });

  await page.getByRole('combobox', { name: 'Mailbox' }).selectOption('quarry.search');
  await page.getByRole('button', { name: 'Discard all' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard all' }).click();
  await page.getByText('No message was given up.').waitFor();
  expect(await broker.deadLetters('quarry.search', { limit: 10 })).toEqual([]);
  expect(offences).toEqual({ errors: [], strangers: [] });
});

it('a job shows how far it is, and is cancelled', async () => {
  const { quarry, folder } = await start();
  const api = apiOf(quarry.url);
  await api('POST', '/v1/admin/queues/quarry.index/pause');
  const jobs = await EmbeddedJobStore.open({
    path: join(folder, 'jobs.sqlite'),
    clock: systemClock,
    random: systemRandom,
  });
  closers.push(() => jobs.close());
  const id = createIds(systemClock, systemRandom).next();
  await jobs.create({ id, kind: 'import', tenant: 'acme', index: 'books & more', spec: {} });
  await jobs.transition(id, ['queued'], { state: 'planning' });
  await jobs.recordPlan(id, { shared: null, tasks: [0, 1, 2, 3] });
  const { page, offences } = await open(quarry.url);
  const row = rowOf(page, 'jobs', id);
  await row.getByText('0 of 4 tasks').waitFor();
  expect(await row.innerText()).toContain('books & more');
  await jobs.recordPartial(id, 0, { body: null, failed: false });
  await jobs.recordPartial(id, 1, { body: null, failed: true });
  await row.getByText('2 of 4 tasks · 1 failed').waitFor();
  expect(await row.getByRole('progressbar').evaluate((bar: { value?: number }) => bar.value)).toBe(0.5);
  await jobs.reportProgress(id, 2, { doneBytes: 3 * 1024 ** 2, totalBytes: 4 * 1024 ** 2, documents: 1234 });
  await row.getByText('3.0 MiB of 4.0 MiB · 1,234 documents').waitFor();
  expect(await row.getByRole('progressbar').evaluate((bar: { value?: number }) => bar.value)).toBe(0.75);
  await row.getByRole('button', { name: /^cancel/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel it' }).click();
  await row.waitFor({ state: 'detached' });
  expect(await jobs.get(id)).toMatchObject({ state: 'cancelled' });
  expect(offences).toEqual({ errors: [], strangers: [] });
});

it('a worker is drained and works again', async () => {
  const { quarry } = await start();
  const { page, offences } = await open(quarry.url);
  const row = rowOf(page, 'workers', String(quarry.pid)).filter({ hasText: 'search' });
  await row.getByText('idle').waitFor();
  await row.getByRole('button', { name: /^drain/ }).click();
  await row.getByText('drained').waitFor();
  await row.getByRole('button', { name: /^undrain/ }).click();
  await row.getByText('idle').waitFor();
  expect(offences).toEqual({ errors: [], strangers: [] });
});

it('a server that goes away is said to be gone; what was known of it stays', async () => {
  const { quarry } = await start();
  const { page } = await open(quarry.url);
  await page.getByText('live', { exact: true }).waitFor();
  await rowOf(page, 'queues', 'quarry.search').waitFor();
  await quarry.stop();
  await page.getByText('the server does not answer; trying again').waitFor();
  expect(await rowOf(page, 'queues', 'quarry.search').count()).toBe(1);
});

it('asks only while somebody looks, and is light or dark as they like', async () => {
  const { quarry } = await start();
  const context = await browser.newContext({ colorScheme: 'dark' });
  context.setDefaultTimeout(PATIENCE_MS);
  closers.push(() => context.close());
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`${quarry.url}/admin`);
  await page.getByText('live', { exact: true }).waitFor();
  let asked = 0;
  page.on('request', () => asked++);
  const look = (hidden: boolean) =>
    page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
      document.dispatchEvent(new Event('visibilitychange'));`);
  await look(true);
  await page.clock.runFor(60_000);
  expect(asked).toBe(0);
  const answered = page.waitForResponse('**/v1/admin/queues');
  await look(false);
  await answered;
  // Tables scroll by themselves; the page does not, however narrow it is.
  await page.setViewportSize({ width: 400, height: 700 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
  const ground = 'getComputedStyle(document.body).backgroundColor';
  const dark = await page.evaluate(ground);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await page.evaluate(ground)).not.toBe(dark);
});

it('asks for credentials when the server does, and shows no more than they allow', async () => {
  const secret = 'a secret of at least thirty-two characters';
  const { quarry } = await start({ QUARRY_AUTH: `hs256:${secret}` });
  const token = (...scopes: string[]) =>
    new SignJWT({ tenant: 'acme', scope: scopes.join(' '), sub: 'me' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setExpirationTime('10 minutes')
      .sign(new TextEncoder().encode(secret));
  for (const path of ['/admin', '/admin/assets/main.js', '/admin/queues', '/v1/admin/queues']) {
    const refused = await fetch(quarry.url + path);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Basic realm=');
  }
  const as = async (...scopes: string[]) => ({ httpCredentials: { username: 'me', password: await token(...scopes) } });
  const operator = await open(quarry.url, await as('operator'));
  const row = rowOf(operator.page, 'queues', 'quarry.search');
  await row.getByRole('button', { name: 'pause quarry.search' }).click();
  await row.getByText('paused').waitFor();

  const admin = await open(quarry.url, await as('admin'));
  await rowOf(admin.page, 'queues', 'quarry.search').getByText('paused').waitFor();
  await admin.page.locator('#jobs').getByText('this needs the scope operator').waitFor();
  await rowOf(admin.page, 'queues', 'quarry.search').getByRole('button').click();
  await admin.page.getByRole('alert').getByText('this needs the scope operator').waitFor();
  expect(await row.getByText('paused').count()).toBe(1);

  const nobody = await fetch(`${quarry.url}/admin`, { headers: { authorization: `Bearer ${await token('search')}` } });
  expect(nobody.status).toBe(403);
});

it('bull-board shows the queues when the broker is BullMQ', async () => {
  const redis = await startRedis();
  closers.push(() => redis.stop());
  const { quarry } = await start({ QUARRY_BROKER: redis.url });
  const { page, offences } = await open(quarry.url);
  await page.getByRole('link', { name: 'bull-board' }).click();
  await page.waitForURL('**/admin/queues**');
  await page.getByText('quarry.search').first().waitFor();
  // The page asks for a font of another host; the policy lets nothing out.
  expect(offences.strangers.filter((url) => !url.startsWith('https://fonts.googleapis.com/'))).toEqual([]);
});
