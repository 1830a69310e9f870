import { assert, invalid } from '#libs/kernel';
import type { AnyJobKind } from '../job-kind.ts';

/** The kinds this process knows, each exactly once. */
export class KindRegistry {
  private readonly kinds = new Map<string, AnyJobKind>();

  constructor(kinds: readonly AnyJobKind[]) {
    for (const kind of kinds) {
      assert(!this.kinds.has(kind.name), `job kind ${kind.name} is registered once`);
      this.kinds.set(kind.name, kind);
    }
  }

  /** Throws `invalid` (`unknown_job_kind`). */
  get(name: string): AnyJobKind {
    const kind = this.kinds.get(name);
    if (!kind) {
      throw invalid('unknown_job_kind', `there is no job kind "${name}"; known are ${this.names().join(', ')}`);
    }
    return kind;
  }

  names(): string[] {
    return [...this.kinds.keys()];
  }
}
