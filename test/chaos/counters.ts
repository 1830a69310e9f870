import type { ClusterMember } from '../support/cluster-member.ts';

/** A process that is about to be killed is not waited for. */
const PATIENCE_MS = 300;

/** Sums what processes counted about themselves, over all their lives: each is read last before it is killed. */
export class Counters {
  private readonly sums = new Map<string, number>();

  async read({ url }: Pick<ClusterMember, 'url'>): Promise<void> {
    let text: string;
    try {
      const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(PATIENCE_MS) });
      text = await response.text();
      if (!response.ok) return;
    } catch {
      return;
    }
    for (const [, name, value] of text.matchAll(/^(quarry_\w+_total)(?:\{[^}]*\})? (\S+)$/gm))
      this.sums.set(name!, (this.sums.get(name!) ?? 0) + Number(value));
  }

  /** Over all labels. What was counted after the last reading of a killed process is not in it. */
  sum(name: string): number {
    return this.sums.get(name) ?? 0;
  }
}
