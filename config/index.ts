export { describeSettings, settingsPage, type SettingDescription } from './describe-settings.ts';
export { loadSettings } from './load-settings.ts';
export { isLoopback } from './setting-parsers.ts';
export {
  ROLES,
  type AuthOn,
  type AuthSettings,
  type BrokerLocation,
  type JobStoreLocation,
  type Role,
  type S3Settings,
  type Settings,
  type StoreLocation,
} from './settings.ts';
