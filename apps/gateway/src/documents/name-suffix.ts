import { invalid } from '#libs/kernel';

const NAME_LENGTH = 1024;

/**
 * The end of a staged source's URL that says what the client calls the file; empty without a name. The name becomes the
 * `_id` and path of a text, so that a second upload replaces the first. Throws `invalid` (`bad_parameter`).
 */
export function nameSuffix(name: string | undefined): string {
  if (name === undefined) return '';
  // Lone surrogates have no URI encoding.
  if (name !== '' && name.length <= NAME_LENGTH && name.isWellFormed()) return `#${encodeURIComponent(name)}`;
  throw invalid('bad_parameter', `name: expected 1 to ${NAME_LENGTH} characters, got ${name.length}`, {
    parameter: 'name',
  });
}
