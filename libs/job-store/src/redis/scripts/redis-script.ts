/** One atomic step. */
export interface RedisScript {
  /** As a command of the client; no built-in command's. */
  readonly name: string;
  /** How many keys come before the arguments. */
  readonly keys: number;
  readonly lua: string;
}
