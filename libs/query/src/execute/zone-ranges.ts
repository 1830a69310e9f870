import { ZONE_DOCS, type NumericColumn } from '#libs/segment';

export interface ValueRange {
  /** min > max: no value at all. */
  readonly min: number;
  readonly max: number;
  /** Some document has no value. */
  readonly hasMissing: boolean;
}

/** What a column's zone maps tell about runs of documents. */
export class ZoneRanges {
  /** By zone: 0 not looked yet, 1 all have a value, 2 some have none. */
  private readonly missing: Uint8Array;

  constructor(private readonly column: NumericColumn) {
    this.missing = new Uint8Array(column.zoneMins.length);
  }

  /** Of the documents from … to, and perhaps of some next to them; `to` may lie behind the last one. */
  within(from: number, to: number): ValueRange {
    const { zoneMins, zoneMaxs } = this.column;
    const last = Math.min(Math.floor(to / ZONE_DOCS), zoneMins.length - 1);
    let min = Infinity;
    let max = -Infinity;
    let hasMissing = false;
    for (let zone = Math.floor(from / ZONE_DOCS); zone <= last; zone++) {
      if (zoneMins[zone]! < min) min = zoneMins[zone]!;
      if (zoneMaxs[zone]! > max) max = zoneMaxs[zone]!;
      hasMissing ||= this.hasMissing(zone);
    }
    return { min, max, hasMissing };
  }

  private hasMissing(zone: number): boolean {
    const { starts, docCount } = this.column;
    if (starts === undefined) return false;
    if (this.missing[zone] === 0) {
      const end = Math.min(docCount, (zone + 1) * ZONE_DOCS);
      let doc = zone * ZONE_DOCS;
      while (doc < end && starts[doc]! < starts[doc + 1]!) doc++;
      this.missing[zone] = doc < end ? 2 : 1;
    }
    return this.missing[zone] === 2;
  }
}
