import { Module, type DynamicModule } from '@nestjs/common';
import { PlatformModule } from '../../platform/src/platform.module.ts';
import type { Platform } from '../../platform/src/platform.ts';
import { DocumentsController } from './documents/documents.controller.ts';
import { StagedUploads } from './documents/staged-uploads.ts';
import { Submitter } from './http/submitter.ts';
import { ImportsController } from './imports/imports.controller.ts';
import { IndexesController } from './indexes/indexes.controller.ts';
import { JobsController } from './jobs/jobs.controller.ts';
import { OperationsController } from './operations/operations.controller.ts';
import { SearchController } from './search/search.controller.ts';

/** HTTP only: validate, admit, enqueue, wait, map errors. Whatever takes time is a job. */
@Module({})
export class GatewayModule {
  static of(platform: Platform): DynamicModule {
    return {
      module: GatewayModule,
      imports: [PlatformModule.of(platform)],
      controllers: [
        IndexesController,
        DocumentsController,
        ImportsController,
        SearchController,
        JobsController,
        OperationsController,
      ],
      providers: [Submitter, StagedUploads],
    };
  }
}
