export interface IndexDescription {
  readonly index: string;
  readonly version: number;
  readonly documents: number;
  readonly segments: number;
  readonly bytes: number;
}
