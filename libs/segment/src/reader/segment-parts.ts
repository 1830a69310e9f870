import { assert } from '#libs/kernel';
import type { Footer } from '../footer/footer-reader.ts';
import type { Section, SectionKind } from '../footer/section.ts';
import type { SegmentSource } from '../segment-reader.ts';
import { HotUnits } from './hot-units.ts';

/** What the waves of one reader share. */
export class SegmentParts {
  readonly hot = new HotUnits();

  constructor(
    readonly source: SegmentSource,
    readonly footer: Footer,
  ) {}

  /** Asking for what the field does not have is a bug of the caller: `field()` tells. */
  section(field: string, kind: SectionKind): Section {
    const section = this.footer.fields.get(field)?.sections.get(kind);
    assert(section, `field "${field}" of this segment has ${kind}`);
    return section;
  }
}
