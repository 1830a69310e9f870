import type { SegmentReader } from '#libs/segment';

/**
 * Reads what searches of a segment need before they come to postings and documents: dictionaries, norms, columns and the
 * order of ids, in one round. Opening has read the footer.
 * @param fields all if not given; those that the segment does not have are passed over
 */
export async function warmSegment(
  reader: SegmentReader,
  fields: readonly string[] = reader.fieldNames(),
): Promise<void> {
  const wave = reader.wave();
  wave.idRanks();
  for (const name of fields) {
    const field = reader.field(name);
    if (!field) continue;
    if (field.type === 'text' || field.type === 'keyword') wave.dictionary(name);
    if (field.type === 'text') wave.norms(name);
    else if (field.type === 'keyword') wave.keywordColumn(name);
    else wave.numericColumn(name);
  }
  await wave.flush();
}
