import { asQuarryError, isQuarryError, type QuarryError } from '#libs/kernel';
import { DocumentMapper, inferFields, type IndexSchema } from '#libs/index';
import type { SchemaSource } from '../../building/build-site.ts';
import type { SourceDocument, SourceRecord } from './readers/source-record.ts';
import type { SegmentSink } from './segment-sink.ts';

export interface RefusedRecord {
  readonly record: SourceRecord;
  readonly code: string;
  readonly detail: string;
}

/** What `extendSchema` says when another writer was faster. */
const LOST_RACES: ReadonlySet<string> = new Set(['schema_conflict', 'too_many_fields']);
/** Every lost race is somebody else's new field in the moment between two requests: so many in a row do not happen. */
const MOST_LOST = 20;

/**
 * Maps records and writes them into segments. New fields are added to the index's schema before any document that has
 * them is written, so all tasks of all jobs agree on every field's type: whoever adds a field first decides.
 */
export class DocumentWriter {
  private mapper: DocumentMapper;
  private schema: IndexSchema;
  /** Documents of the batch whose new fields were not added, and why. */
  private readonly notInferred = new Map<unknown, QuarryError>();

  constructor(
    private readonly schemas: SchemaSource,
    private readonly sink: SegmentSink,
    schema: IndexSchema,
    private readonly idField: string | undefined,
  ) {
    this.schema = schema;
    this.mapper = new DocumentMapper(schema);
  }

  /**
   * Writes the batch; answers what was refused, in order. Throws only what is not the documents' fault.
   * @param idOf makes the id of a document that brings none
   */
  async write(
    records: readonly SourceRecord[],
    idOf: (record: SourceDocument) => string,
  ): Promise<readonly RefusedRecord[]> {
    const documents = records.filter((record): record is SourceDocument => 'document' in record);
    await this.growSchema(documents.map((record) => record.document));
    const refused: RefusedRecord[] = [];
    for (const record of records) {
      if (!('document' in record)) refused.push({ record, ...record.problem });
      else {
        const problem = this.writeOne(record, idOf);
        if (problem) refused.push({ record, code: problem.code, detail: problem.message });
        await this.sink.makeRoom();
      }
    }
    return refused;
  }

  private writeOne(record: SourceDocument, idOf: (record: SourceDocument) => string): QuarryError | undefined {
    try {
      const mapped = this.mapper.check(record.document, this.givenId(record) ?? idOf(record));
      this.mapper.write(mapped, record.source, this.sink.builder(this.schema.analysis));
      return undefined;
    } catch (error) {
      if (!isQuarryError(error) || error.kind !== 'invalid') throw error;
      // The mapper only sees that the schema lacks the field; why it was not added says more.
      return (error.code === 'unknown_field' && this.notInferred.get(record.document)) || error;
    }
  }

  private givenId(record: SourceDocument): string | undefined {
    if (this.idField !== undefined) {
      const value = (record.document as Record<string, unknown> | null)?.[this.idField];
      if (typeof value === 'string' || typeof value === 'number') return String(value);
    }
    return undefined;
  }

  private async growSchema(documents: readonly unknown[]): Promise<void> {
    for (let lost = 0; ; lost++) {
      const added = this.inferred(documents);
      if (Object.keys(added).length === 0) return;
      try {
        this.use(await this.schemas.extend(added));
        return;
      } catch (error) {
        // Somebody else gave one of the fields another type meanwhile, or took the places that were left: theirs holds,
        // and what is still new and fits is added.
        if (!LOST_RACES.has(asQuarryError(error).code) || lost === MOST_LOST) throw error;
        this.use(await this.schemas.newest());
      }
    }
  }

  private use(schema: IndexSchema): void {
    this.schema = schema;
    this.mapper = new DocumentMapper(schema);
  }

  /** A document that would break a rule of the schema adds nothing; `check` will refuse it and say why. */
  private inferred(documents: readonly unknown[]): ReturnType<typeof inferFields> {
    this.notInferred.clear();
    try {
      return inferFields(this.schema, documents);
    } catch (error) {
      if (!isQuarryError(error) || error.kind !== 'invalid') throw error;
    }
    let schema = this.schema;
    const added: Record<string, ReturnType<typeof inferFields>[string]> = {};
    for (const document of documents) {
      try {
        const more = inferFields(schema, [document]);
        if (Object.keys(more).length === 0) continue;
        Object.assign(added, more);
        schema = { ...schema, fields: { ...schema.fields, ...more } };
      } catch (error) {
        if (!isQuarryError(error) || error.kind !== 'invalid') throw error;
        this.notInferred.set(document, error);
      }
    }
    return added;
  }
}
