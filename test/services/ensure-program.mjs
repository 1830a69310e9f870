import { findProgram } from './find-program.mjs';
import { canInstallPackages, installCommand, installPackages } from './install-packages.mjs';

/** What is being installed now, so that two who need it at once wait for one installation. */
const installing = new Map();

/**
 * The path of a program that tests need; installed from Debian's packages if it is missing and we may. Never skipped:
 * without it this throws and says what to do.
 * @param {string} name
 * @param {readonly string[]} packages
 * @param {readonly string[]} [folders] where it may be besides the PATH
 * @returns {Promise<string>}
 */
export async function ensureProgram(name, packages, folders = []) {
  const found = await findOrInstall(name, packages, folders);
  if (found === undefined) throw missingProgram(name, packages);
  return found;
}

/**
 * As `ensureProgram`, but gives undefined where it is missing and we may not install it.
 * @param {string} name
 * @param {readonly string[]} packages
 * @param {readonly string[]} [folders]
 * @returns {Promise<string | undefined>}
 */
export async function findOrInstall(name, packages, folders = []) {
  const found = findProgram(name, folders);
  if (found !== undefined || !canInstallPackages()) return found;
  if (!installing.has(name)) installing.set(name, installPackages(packages));
  try {
    await installing.get(name);
  } catch (error) {
    process.stderr.write(`tests: ${error.message}\n`);
  } finally {
    installing.delete(name);
  }
  return findProgram(name, folders);
}

export const missingProgram = (name, packages) =>
  new Error(
    `the tests need ${name}, which is not on the PATH; on Debian or Ubuntu, as root: ${installCommand(packages)}; ` +
      'elsewhere install it, or for servers start Docker',
  );
