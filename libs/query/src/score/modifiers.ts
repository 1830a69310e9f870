import type { Modifier } from '../query-node.ts';

/** What a modifier makes of a number; NaN or ±Infinity where it is not defined. */
export function applyModifier(modifier: Modifier, number: number): number {
  switch (modifier) {
    case 'none':
      return number;
    case 'log':
      return Math.log10(number);
    case 'log1p':
      return Math.log10(number + 1);
    case 'log2p':
      return Math.log10(number + 2);
    case 'ln':
      return Math.log(number);
    case 'ln1p':
      return Math.log1p(number);
    case 'ln2p':
      return Math.log1p(number + 1);
    case 'square':
      return number * number;
    case 'sqrt':
      return Math.sqrt(number);
    default:
      return 1 / number;
  }
}
