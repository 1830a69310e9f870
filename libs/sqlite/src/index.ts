export * from './sqlite-file.ts';
