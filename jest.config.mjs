/** @type {import('jest').Config} */
export default {
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
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true, verbatimModuleSyntax: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  setupFiles: ['<rootDir>/test/setup-nest.mjs'],
  testMatch: ['<rootDir>/{apps,libs,config,test,bench}/**/*.spec.ts', '<rootDir>/test/**/*.e2e-spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  coverageProvider: 'v8',
  collectCoverageFrom: ['{apps,libs,config}/**/*.ts', '!**/*.spec.ts', '!**/*.worker.ts', '!apps/*/src/main.ts'],
};
