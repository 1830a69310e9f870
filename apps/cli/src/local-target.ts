import { open, rename, rm, stat } from 'node:fs/promises';
import { invalid } from '#libs/kernel';
import type { CliContext, Terminal } from './cli-context.ts';

/** Where an export is put on this machine. */
export interface LocalTarget {
  readonly isStdout: boolean;
  /** For the summary. */
  readonly shown: string;
  /** The file appears when it is whole; what fails leaves none. */
  write(chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

/** Refused before anything is exported. Throws `invalid` (`file_exists`, `bad_path`). */
export async function localTarget(context: CliContext, path: string, replace: boolean): Promise<LocalTarget> {
  if (path === '-') {
    return { isStdout: true, shown: 'stdout', write: (chunks) => writeToTerminal(context.stdout, chunks) };
  }
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory())
    throw invalid('bad_path', `${path} is a folder; name a file, such as ${path}/export.ndjson`);
  if (found && !replace) throw invalid('file_exists', `${path} is there already; --force replaces it`);
  return { isStdout: false, shown: path, write: (chunks) => writeToFile(path, chunks) };
}

/** Not faster than whoever reads the pipe. */
async function writeToTerminal(terminal: Terminal, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => {
      terminal.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
}

async function writeToFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const unfinished = `${path}.unfinished`;
  try {
    const file = await open(unfinished, 'w').catch((error: unknown) => {
      throw invalid('bad_path', `${path} cannot be written: ${(error as Error).message}`);
    });
    try {
      for await (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
