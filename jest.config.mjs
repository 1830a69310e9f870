import { drawPropertySeed } from './test/property-seed.ts';

// Here, because Jest reads this once in a run and starts its workers with the environment that it leaves.
drawPropertySeed(process.env);

const EVERYWHERE = '<rootDir>/{apps,libs,config,test,bench,scripts}/**';

const common = {
  testEnvironment: '<rootDir>/test/environment.mjs',
  testEnvironmentOptions: { customExportConditions: ['quarry-src', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: true,
            verbatimModuleSyntax: true,
          },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  setupFiles: ['<rootDir>/test/setup-nest.mjs', '<rootDir>/test/setup-properties.mjs'],
  setupFilesAfterEnv: ['<rootDir>/test/patience.mjs'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
};

/** Starts (or finds) the real servers; Jest calls it once, and only when a test of such a project runs. */
const services = {
  globalSetup: '<rootDir>/test/services/global-setup.mjs',
  globalTeardown: '<rootDir>/test/services/global-teardown.mjs',
};

/** @type {import('jest').Config} */
export default {
  // What a file's name says of what it needs: x.spec.ts nothing, x.s3.spec.ts, x.redis.spec.ts and x.amqp.spec.ts a real server, test/x.e2e-spec.ts the build.
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: [`${EVERYWHERE}/*.spec.ts`, '<rootDir>/scripts/**/*.spec.mjs'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(s3|redis|amqp)\\.spec\\.ts$'],
    },
    {
      ...common,
      ...services,
      displayName: 'services',
      testMatch: [`${EVERYWHERE}/*.{s3,redis,amqp}.spec.ts`],
    },
    {
      ...common,
      ...services,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
    },
  ],
  // Modules of a file that has run are never quite let go of: in one process, all files together came near the heap's limit.
  workerIdleMemoryLimit: '1GB',
  coverageProvider: 'v8',
  collectCoverageFrom: ['{apps,libs,config}/**/*.ts', '!**/*.spec.ts', '!**/*.worker.ts', '!apps/*/src/main.ts'],
};
