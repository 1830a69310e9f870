/**
 * Ports of 127.0.0.1 that nobody listens on now, below the range that the system gives to outgoing connections, so that
 * one that is kept for a restart is not taken by a client meanwhile.
 */
export function freePorts(count: number, alsoFree?: (port: number) => readonly number[]): Promise<number[]>;
