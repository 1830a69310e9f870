/** Progress goes to stderr: stdout belongs to the command's answer. */
export function say(line) {
  process.stderr.write(`quarry: ${line}\n`);
}

/** Says what is happening, does it, and says how long it took. */
export async function timed(what, work) {
  const started = Date.now();
  say(`${what} …`);
  const result = await work();
  say(`${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
