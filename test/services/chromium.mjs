import { ensureProgram } from './ensure-program.mjs';
import { findProgram } from './find-program.mjs';

/** What browsers of this family are called, Debian's first. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The path of a Chromium for tests of pages; installed from Debian's packages when a test asks and we may.
 * @returns {Promise<string>}
 */
export async function ensureChromium() {
  const found = NAMES.map((name) => findProgram(name)).find((path) => path !== undefined);
  return found ?? ensureProgram('chromium', ['chromium']);
}
