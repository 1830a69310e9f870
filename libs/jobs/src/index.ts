export * from './job-kind.ts';
export * from './job-service.ts';
export { ClaimCheck } from './runtime/claim-check.ts';
export * from './runtime/job-parts.ts';
export { KindRegistry } from './runtime/kind-registry.ts';
export { encodeMessage, decodeMessage, mailboxOf, MESSAGE_VERSION } from './runtime/messages.ts';
export { Reconciler, RECONCILER_DEFAULTS, type ReconcilerOptions } from './runtime/reconciler.ts';
export { RuntimeJobService } from './runtime/runtime-job-service.ts';
export { WorkerHost, type WorkerHostOptions } from './runtime/worker-host.ts';
