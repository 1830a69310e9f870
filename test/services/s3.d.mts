export interface TestS3 {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly bucket: string;
  /** How it was come by. */
  readonly origin: string;
  /** Lets go of the server; one of our own ends soon after. */
  readonly stop: () => Promise<void>;
}

/** A real S3 server for tests: named by the environment, running already, or started. Never a stand-in, never nothing. */
export function ensureS3(): Promise<TestS3>;
