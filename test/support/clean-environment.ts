/** Without the settings of whoever runs the tests, and without colours: a build server's environment asks for them. */
export const cleanEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(QUARRY_|CI$|FORCE_COLOR$)/.test(name))),
  NO_COLOR: '1',
});
