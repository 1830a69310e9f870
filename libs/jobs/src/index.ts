export * from './job-kind.ts';
export * from './job-service.ts';
