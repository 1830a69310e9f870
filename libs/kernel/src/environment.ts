/** The process's environment, read once through here so that tests can give another. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const systemEnvironment = (): Environment => ({ ...process.env });
