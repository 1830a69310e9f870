/** Whose data a request speaks of. Until identity is configured there is one tenant. */
export const DEFAULT_TENANT = 'default';
