import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout, whatever the working directory is. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const inRoot = (...parts) => join(root, ...parts);
