import { Module, type DynamicModule } from '@nestjs/common';
import { PlatformModule } from '../../platform/src/platform.module.ts';
import type { Platform } from '../../platform/src/platform.ts';
import { AdminJobsController } from './admin/admin-jobs.controller.ts';
import { AdminQueuesController } from './admin/admin-queues.controller.ts';
import { AdminWorkersController } from './admin/admin-workers.controller.ts';
import { DashboardController } from './admin/dashboard.controller.ts';
import { DeadLetterDesk } from './admin/dead-letter-desk.ts';
import { DeadLettersController } from './admin/dead-letters.controller.ts';
import { GatewayPresence } from './admin/gateway-presence.ts';
import { DeletionsController } from './deletions/deletions.controller.ts';
import { DocumentsController } from './documents/documents.controller.ts';
import { StagedUploads } from './documents/staged-uploads.ts';
import { JobEventsController } from './events/job-events.controller.ts';
import { OpenStreams } from './events/open-streams.ts';
import { ExportDownload } from './exports/export-download.ts';
import { ExportDownloadsController } from './exports/export-downloads.controller.ts';
import { ExportsController } from './exports/exports.controller.ts';
import { Submitter } from './http/submitter.ts';
import { IdentityModule } from './identity/identity.module.ts';
import { ImportsController } from './imports/imports.controller.ts';
import { AnalyzeController } from './indexes/analyze.controller.ts';
import { IndexesController } from './indexes/indexes.controller.ts';
import { JobsController } from './jobs/jobs.controller.ts';
import { OperationsController } from './operations/operations.controller.ts';
import { SearchController } from './search/search.controller.ts';
import { WebhooksModule } from './webhooks/webhooks.module.ts';

/** HTTP only: validate, admit, enqueue, wait, map errors. Whatever takes time is a job. */
@Module({})
export class GatewayModule {
  static of(platform: Platform): DynamicModule {
    return {
      module: GatewayModule,
      imports: [PlatformModule.of(platform), IdentityModule, WebhooksModule.of(platform.webhooks)],
      controllers: [
        AnalyzeController,
        IndexesController,
        DocumentsController,
        DeletionsController,
        ImportsController,
        ExportsController,
        SearchController,
        JobsController,
        JobEventsController,
        ExportDownloadsController,
        AdminQueuesController,
        AdminWorkersController,
        AdminJobsController,
        DeadLettersController,
        DashboardController,
        OperationsController,
      ],
      providers: [Submitter, StagedUploads, ExportDownload, OpenStreams, DeadLetterDesk, GatewayPresence],
    };
  }
}
