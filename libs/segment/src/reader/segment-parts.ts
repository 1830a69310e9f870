import { assert } from '#libs/kernel';
import type { Footer } from '../footer/footer-reader.ts';
import type { Section, SectionKind } from '../footer/section.ts';
import type { SegmentSource } from '../segment-reader.ts';
import { HotIds } from './hot-ids.ts';
import { HotTerms } from './hot-terms.ts';
import { HotUnits } from './hot-units.ts';

/** What the waves of one reader share, and of all readers of the same segment but for the source. */
export class SegmentParts {
  constructor(
    readonly source: SegmentSource,
    readonly footer: Footer,
    readonly hot = new HotUnits(),
    readonly terms = new HotTerms(),
    readonly ids = new HotIds(),
  ) {}

  through(source: SegmentSource): SegmentParts {
    return new SegmentParts(source, this.footer, this.hot, this.terms, this.ids);
  }

  /** Asking for what the field does not have is a bug of the caller: `field()` tells. */
  section(field: string, kind: SectionKind): Section {
    const section = this.footer.fields.get(field)?.sections.get(kind);
    assert(section, `field "${field}" of this segment has ${kind}`);
    return section;
  }
}
