import type { Endpoint, SigningSecret } from '#libs/webhooks';

/** An endpoint as clients see it: times in ISO 8601, and of its secrets only when they are valid. */
export interface PublicEndpoint extends Pick<
  Endpoint,
  'id' | 'url' | 'description' | 'events' | 'kinds' | 'indexes' | 'partial'
> {
  readonly disabled?: { readonly at: string; readonly reason: string };
  readonly secrets: PublicSecret[];
  readonly createdAt: string;
}

export interface PublicSecret {
  readonly createdAt: string;
  readonly expiresAt?: string;
}

export function publicEndpoint(whole: Endpoint): PublicEndpoint {
  const { tenant: _, secrets, disabled, createdAt, ...endpoint } = whole;
  return {
    ...endpoint,
    ...(disabled && { disabled: { ...disabled, at: iso(disabled.at) } }),
    secrets: secrets.map(publicSecret),
    createdAt: iso(createdAt),
  };
}

export const publicSecret = ({ createdAt, expiresAt }: SigningSecret): PublicSecret => ({
  createdAt: iso(createdAt),
  ...(expiresAt !== undefined && { expiresAt: iso(expiresAt) }),
});

const iso = (ms: number): string => new Date(ms).toISOString();
