import { Injectable, type OnModuleInit } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { QuarryError } from '#libs/kernel';
import { ruleOf, type RouteRule } from './route-rule.ts';

export interface AuditedRoute {
  /** `Controller.method`. */
  readonly name: string;
  readonly rule: RouteRule | undefined;
}

/** Refuses to start when a route does not say who may use it: forgetting it must not open it. */
@Injectable()
export class RouteAudit implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    const silent = this.routes().filter(({ rule }) => rule === undefined);
    if (silent.length === 0) return;
    const names = silent.map(({ name }) => name).join(', ');
    throw new QuarryError('internal', `${names} must say @Needs(scope) or @OpenToAll()`, {
      code: 'route_without_rule',
    });
  }

  /** Every method of a controller that answers requests. */
  routes(): AuditedRoute[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      const controller = metatype as (abstract new () => unknown) & { prototype: Record<string, () => unknown> };
      return this.scanner
        .getAllMethodNames(controller.prototype)
        .map((method) => ({ method, run: controller.prototype[method]! }))
        .filter(({ run }) => Reflect.hasMetadata(METHOD_METADATA, run))
        .map(({ method, run }) => ({ name: `${controller.name}.${method}`, rule: ruleOf(run, controller) }));
    });
  }
}
