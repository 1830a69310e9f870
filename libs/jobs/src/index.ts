export * from './job-kind.ts';
export * from './job-service.ts';
export { ClaimCheck } from './runtime/claim-check.ts';
export { drainingHint, pausedHint } from './runtime/fleet.ts';
export * from './runtime/job-parts.ts';
export { KindRegistry } from './runtime/kind-registry.ts';
export { encodeMessage, decodeMessage, mailboxOf, MESSAGE_VERSION } from './runtime/messages.ts';
export { LeasedDuty, type LeasedDutyOptions, type LeasedDutyParts } from './runtime/leased-duty.ts';
export { Reconciler, RECONCILER_DEFAULTS, type ReconcilerOptions } from './runtime/reconciler.ts';
export { RuntimeJobService } from './runtime/runtime-job-service.ts';
export { WorkerHost, type WorkerHostOptions } from './runtime/worker-host.ts';
export { CompactKind } from './kinds/compact/compact-kind.ts';
export { compactSpec, type CompactResult, type CompactSpec } from './kinds/compact/compact-spec.ts';
export {
  Compactor,
  COMPACTOR_DEFAULTS,
  type CompactorOptions,
  type CompactorParts,
} from './kinds/compact/compactor.ts';
export { DeleteByQueryKind, type DeleteByQueryParts } from './kinds/delete-by-query/delete-by-query-kind.ts';
export {
  parseDeleteByQuery,
  type DeleteByQueryResult,
  type DeleteByQuerySpec,
} from './kinds/delete-by-query/delete-by-query-spec.ts';
export { DeleteDocumentsKind } from './kinds/delete/delete-documents-kind.ts';
export { ExportKind, exportedKey, type ExportParts } from './kinds/export/export-kind.ts';
export { parseExport, type ExportedPart, type ExportResult, type ExportSpec } from './kinds/export/export-spec.ts';
export type { OpenedTarget, TargetOpener } from './kinds/export/export-target.ts';
export { GcKind, LEAST_GRACE_MS, type GcParts } from './kinds/gc/gc-kind.ts';
export { Sweeper, SWEEPER_DEFAULTS, type SweeperOptions, type SweeperParts } from './kinds/gc/sweeper.ts';
export { FORMATS, parseImportBody, type Format, type ImportSpec } from './kinds/import/import-spec.ts';
export { ImportKind } from './kinds/import/import-kind.ts';
export type { ImportParts } from './kinds/import/import-parts.ts';
export type { OpenedSource, SourceOpener } from './kinds/import/source-opener.ts';
export { querySchema, fieldStatistics } from './kinds/search/manifest-view.ts';
export { SearchKind } from './kinds/search/search-kind.ts';
export { SearchThreads } from './kinds/search/search-threads.ts';
export { searchThreadCount } from './kinds/search/thread-rule.ts';
export { Announcer, type AnnouncerParts } from './kinds/webhook/announcer.ts';
export { WarmKind, type WarmParts } from './kinds/warm/warm-kind.ts';
export { CALLBACK_SUBJECT, deliverySchema, WEBHOOK_KIND, type DeliveryResult } from './kinds/webhook/delivery.ts';
export { deliveryPoster } from './kinds/webhook/post-delivery.ts';
export { WebhookKind, type WebhookParts } from './kinds/webhook/webhook-kind.ts';
export type { WriteError, WriteResult } from './kinds/write-result.ts';
export { openSearchThreads, type SearchThreadsOptions } from './threads/open-search-threads.ts';
export { openBuildThreads, type JobThreadsOptions } from './threads/open-job-threads.ts';
