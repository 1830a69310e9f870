import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/**
 * Where the program is: in one of `folders`, else on the PATH.
 * @param {string} name
 * @param {readonly string[]} [folders]
 * @returns {string | undefined}
 */
export function findProgram(name, folders = []) {
  const all = [...folders, ...(process.env.PATH ?? '').split(':')];
  return all.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
