/** The command that runs a program so that the kernel ends it when the process that started it dies, even by kill -9. */
export function ownedCommand(program: string, args: readonly string[]): [string, ...string[]];
