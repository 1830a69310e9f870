/**
 * How glibc's malloc is asked to behave in Quarry's processes; it reads these before the first line of JavaScript runs. Left
 * alone it raises its threshold for own mappings to whatever was last freed, so that the bytes that searches read land in
 * one heap, whose holes it keeps: a worker with a setting of 66 MiB had 108 MB of it, and 50 to 60 so. Above 32 KiB every buffer is now a
 * mapping of its own and goes back when it is freed. The number of mappings is bounded, far below the kernel's 65,530.
 * Other C libraries take no notice. bin/quarry and deploy/Dockerfile say the same; launch-environment.spec.mjs compares.
 */
export const LAUNCH_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_MAX_: '16384',
};

/** What the user's environment sets himself stays. */
export const withLaunchEnvironment = (environment) => ({ ...LAUNCH_ENVIRONMENT, ...environment });
