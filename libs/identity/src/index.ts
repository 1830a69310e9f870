export * from './authenticator.ts';
export * from './caller.ts';
export * from './credentials.ts';
export * from './identity-settings.ts';
export * from './index-patterns.ts';
export { MAX_NAME, type ApiKey } from './keys/api-key.ts';
export * from './keys/api-keys.ts';
export * from './keys/key-rights.ts';
export * from './open-identity.ts';
