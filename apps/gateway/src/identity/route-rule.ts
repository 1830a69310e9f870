import type { Scope } from '#libs/identity';
import { OPEN_METADATA, SCOPE_METADATA, type Openness } from '../http/caller.ts';

/** What a route says of who may use it. */
export interface RouteRule {
  readonly open: Openness | undefined;
  /** One of them is enough. */
  readonly needs: readonly Scope[] | undefined;
}

/** What the method says; only where it says nothing, what its class says. */
export function ruleOf(method: object, controller: object): RouteRule | undefined {
  for (const target of [method, controller]) {
    const open = Reflect.getMetadata(OPEN_METADATA, target) as Openness | undefined;
    const needs = Reflect.getMetadata(SCOPE_METADATA, target) as readonly Scope[] | undefined;
    if (open !== undefined || needs !== undefined) return { open, needs };
  }
  return undefined;
}
