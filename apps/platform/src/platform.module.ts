import { Module, type DynamicModule } from '@nestjs/common';
import { Platform } from './platform.ts';

/** Gives every module of a process the same opened platform. */
@Module({})
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      providers: [{ provide: Platform, useValue: platform }],
      exports: [Platform],
    };
  }
}
