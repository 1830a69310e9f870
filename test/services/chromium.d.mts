/** The path of a Chromium for tests of pages; installed from Debian's packages when a test asks and we may. */
export function ensureChromium(): Promise<string>;
