import type { DecayNode } from '../query-node.ts';

export interface DecayShape {
  readonly curve: DecayNode['curve'];
  /** The distance at which the value has fallen to `decay`. */
  readonly scale: number;
  readonly decay: number;
}

/**
 * Elasticsearch's decay functions: 1 at distance 0, `decay` at distance `scale`, and never rising.
 * @param distance from 0: how far beyond the offset
 */
export function decayOf({ curve, scale, decay }: DecayShape, distance: number): number {
  switch (curve) {
    case 'gauss':
      return Math.exp((distance * distance * Math.log(decay)) / (scale * scale));
    case 'exp':
      return Math.exp((distance * Math.log(decay)) / scale);
    default: {
      const zero = scale / (1 - decay);
      return Math.max(0, (zero - distance) / zero);
    }
  }
}
