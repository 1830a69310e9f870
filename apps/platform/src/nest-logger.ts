import type { LoggerService } from '@nestjs/common';
import type { Logger } from '#libs/telemetry';

/** Nest's log lines in our log. Its start-up chatter is for debugging only. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}
  log(message: unknown): void {
    this.logger.debug({ from: 'nest' }, String(message));
  }
  verbose(message: unknown): void {
    this.logger.trace({ from: 'nest' }, String(message));
  }
  debug(message: unknown): void {
    this.logger.debug({ from: 'nest' }, String(message));
  }
  warn(message: unknown): void {
    this.logger.warn({ from: 'nest' }, String(message));
  }
  error(message: unknown, ...details: unknown[]): void {
    // A port that cannot be had: listen() rejects with the same, and who called it tells a person.
    if (details.at(-1) === 'NestApplication') return this.log(message);
    this.logger.error({ from: 'nest', details }, String(message));
  }
}
