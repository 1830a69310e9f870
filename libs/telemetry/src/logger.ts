import { pino, type Logger as PinoLogger } from 'pino';

/** Structured logs, one JSON object a line on stderr: stdout belongs to a command's answer. */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'level'> & {
  child(bindings: Record<string, unknown>): Logger;
};

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export function createLogger(options: { level: LogLevel; name: string }): Logger {
  return pino(
    { level: options.level, name: options.name, base: { pid: process.pid } },
    pino.destination({ dest: 2, sync: true }),
  );
}

export const silentLogger: Logger = pino({ level: 'silent' });
