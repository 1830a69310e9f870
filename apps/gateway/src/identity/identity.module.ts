import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { openIdentity } from '#libs/identity';
import { Platform } from '../../../platform/src/platform.ts';
import { IDENTITY, IdentityGate } from './identity-gate.ts';
import { IdentityGuard } from './identity.guard.ts';
import { JobAccess } from './job-access.ts';
import { KeysController } from './keys.controller.ts';
import { RouteAudit } from './route-audit.ts';

/** Who is asking, on every route; and the API keys. */
@Module({
  imports: [DiscoveryModule],
  controllers: [KeysController],
  providers: [
    {
      provide: IDENTITY,
      inject: [Platform],
      useFactory: ({ settings, store, clock, random }: Platform) =>
        openIdentity({ auth: settings.auth, store, clock, random }),
    },
    IdentityGate,
    JobAccess,
    RouteAudit,
    { provide: APP_GUARD, useClass: IdentityGuard },
  ],
  exports: [IDENTITY, IdentityGate],
})
export class IdentityModule {}
