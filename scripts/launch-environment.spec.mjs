import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LAUNCH_ENVIRONMENT, withLaunchEnvironment } from './launch-environment.mjs';
import { inRoot } from './paths.mjs';

describe('the launch environment', () => {
  it('leaves what the user has set', () => {
    expect(withLaunchEnvironment({ MALLOC_ARENA_MAX: '7', HOME: '/h' })).toEqual({
      ...LAUNCH_ENVIRONMENT,
      MALLOC_ARENA_MAX: '7',
      HOME: '/h',
    });
  });

  it('is the one of the image', () => {
    const assignments = Object.entries(LAUNCH_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
    expect(readFileSync(inRoot('deploy/Dockerfile'), 'utf8')).toContain(`ENV ${assignments.join(' ')}\n`);
  });

  describe('of bin/quarry', () => {
    let folder;
    beforeAll(() => {
      // An installation whose Node says what it was given.
      folder = mkdtempSync(join(tmpdir(), 'quarry-launch-'));
      for (const name of ['bin', 'dist', 'node_modules']) mkdirSync(join(folder, name));
      copyFileSync(inRoot('bin/quarry'), join(folder, 'bin/quarry'));
      writeFileSync(join(folder, 'dist/.quarry-build'), '');
      const node = join(folder, 'node');
      writeFileSync(node, '#!/bin/sh\nenv\n');
      chmodSync(node, 0o755);
      writeFileSync(join(folder, 'node_modules/.quarry-node'), `${node}\n`);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const given = (environment) =>
      Object.fromEntries(
        execFileSync('/bin/sh', [join(folder, 'bin/quarry')], { encoding: 'utf8', env: environment })
          .split('\n')
          .filter((line) => line.startsWith('MALLOC_'))
          .map((line) => line.split('=')),
      );

    it('is the same', () => {
      expect(given({ PATH: process.env.PATH })).toEqual(LAUNCH_ENVIRONMENT);
    });

    it('leaves what the user has set', () => {
      expect(given({ PATH: process.env.PATH, MALLOC_MMAP_MAX_: '5' })).toEqual({
        ...LAUNCH_ENVIRONMENT,
        MALLOC_MMAP_MAX_: '5',
      });
    });
  });
});
