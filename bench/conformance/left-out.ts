/** A step asks for what Quarry does not have; `reason` is `group: feature`, so that steps can be counted by both. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut';
  constructor(readonly reason: string) {
    super(reason);
  }
}
