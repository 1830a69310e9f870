// The arrows of ARCHITECTURE.md, enforced. A lib may import only what its line lists.
const arrows = {
  kernel: [],
  telemetry: ['kernel'],
  threads: ['kernel'],
  analysis: ['kernel'],
  'object-store': ['kernel'],
  sqlite: ['kernel'],
  redis: ['kernel'],
  registry: ['object-store', 'kernel'],
  identity: ['registry', 'kernel'],
  webhooks: ['registry', 'kernel'],
  broker: ['sqlite', 'redis', 'kernel'],
  'job-store': ['sqlite', 'redis', 'kernel'],
  segment: ['analysis', 'kernel'],
  query: ['segment', 'analysis', 'kernel'],
  index: ['segment', 'object-store', 'analysis', 'kernel'],
  jobs: [
    'query',
    'index',
    'broker',
    'job-store',
    'webhooks',
    'threads',
    'segment',
    'object-store',
    'analysis',
    'telemetry',
    'kernel',
  ],
};
const libArrows = Object.entries(arrows).map(([lib, allowed]) => ({
  name: `arrows-of-${lib}`,
  severity: 'error',
  from: { path: `^libs/${lib}/`, pathNot: '\\.spec\\.ts$' },
  to: { path: '^libs/', pathNot: `^libs/(${[lib, ...allowed].join('|')})/` },
}));
/** Tests, and the contract suites and fixtures that only tests import. */
const isTest = '(\\.spec|\\.e2e-spec|-contract|-fixture)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...libArrows,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'libs-not-to-apps', severity: 'error', from: { path: '^(libs|config)/' }, to: { path: '^apps/' } },
    {
      name: 'app-to-app-only-where-it-composes',
      comment: 'apps/platform is the composition root of all; standalone and cli start the other apps.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: `^apps/(standalone|cli)/|${isTest}` },
      to: { path: '^apps/', pathNot: '^apps/($1|platform)/' },
    },
    {
      name: 'lib-only-by-index',
      severity: 'error',
      from: { path: '^(apps/[^/]+|libs/[^/]+|config|test|bench)/' },
      to: { path: '^libs/([^/]+)/src/(?!index\\.ts$)', pathNot: '^$1/' },
    },
    {
      name: 'testing-from-tests-only',
      severity: 'error',
      from: { path: '^(apps|libs|config|bench)/', pathNot: `^libs/testing/|${isTest}` },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'nest-in-apps-and-modules-only',
      severity: 'error',
      from: { path: '^(libs|config)/', pathNot: '\\.module\\.ts$' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'aws-in-the-s3-adapter-only',
      severity: 'error',
      from: { pathNot: `^libs/object-store/src/s3/|${isTest}|^test/services/` },
      to: { path: 'node_modules/(@aws-sdk|@smithy)/' },
    },
    {
      name: 'redis-clients-in-their-adapters-only',
      severity: 'error',
      from: { pathNot: `^libs/(redis|job-store/src/redis|broker/src/bullmq)/|${isTest}|^test/|^bench/` },
      to: { path: 'node_modules/ioredis/' },
    },
    {
      name: 'bullmq-in-its-adapter-only',
      severity: 'error',
      from: { pathNot: `^libs/broker/src/bullmq/|${isTest}|^bench/` },
      to: { path: 'node_modules/(bullmq|@nestjs/bullmq)/' },
    },
    {
      name: 'amqplib-in-its-adapter-only',
      severity: 'error',
      from: { pathNot: `^libs/broker/src/rabbitmq/|${isTest}|^bench/` },
      to: { path: 'node_modules/amqplib/' },
    },
    {
      name: 'adapters-named-by-apps-only',
      comment: 'Other libs speak to ports; the adapters are opened in apps/platform.',
      severity: 'error',
      from: { path: '^libs/(?!testing/)([^/]+)/', pathNot: isTest },
      to: { path: '^libs/[^/]+/src/(s3|file|memory|embedded|redis|bullmq|rabbitmq)/', pathNot: '^libs/$1/' },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^(apps|libs|config)/', pathNot: `${isTest}|^libs/testing/` },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['quarry-src', 'import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts'],
    },
  },
};
