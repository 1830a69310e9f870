import { withCaseVariants } from './case-variants.ts';
import type { Pattern } from './pattern.ts';

/** The pattern with every character standing for its upper and lower case too. */
export function ignoringCase(pattern: Pattern): Pattern {
  switch (pattern.kind) {
    case 'characters':
      return { kind: 'characters', ranges: withCaseVariants(pattern.ranges) };
    case 'repeat':
    case 'not':
      return { ...pattern, of: ignoringCase(pattern.of) };
    default:
      return { kind: pattern.kind, parts: pattern.parts.map((part) => ignoringCase(part)) };
  }
}
