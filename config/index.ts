export { describeSettings, settingsPage, type SettingDescription } from './describe-settings.ts';
export { isLoopback, loadSettings } from './load-settings.ts';
export { ROLES, type Role, type S3Settings, type Settings, type StoreLocation } from './settings.ts';
