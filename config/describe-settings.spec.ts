import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSettings, settingsPage } from './describe-settings.ts';

/** Without the spaces that the formatter lines tables up with. */
const normalised = (markdown: string): string => markdown.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '-').trim();

describe('describeSettings', () => {
  it('says of every setting what it takes, what it is by default, and what it is for', () => {
    for (const setting of describeSettings()) {
      for (const text of Object.values(setting)) expect(text).not.toBe('');
      expect(setting.about).toMatch(/\.$/);
    }
  });

  it('is what docs/SETTINGS.md says', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/SETTINGS.md'), 'utf8');
    expect(normalised(page)).toBe(normalised(settingsPage()));
  });
});
