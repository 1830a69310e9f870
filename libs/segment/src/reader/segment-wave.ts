import { assert, corrupt, encodeUtf8 } from '#libs/kernel';
import { matchesBetween, type ByteAutomaton } from '../automaton/byte-automaton.ts';
import { MatchWalk } from '../automaton/match-walk.ts';
import type { KeywordColumn, NumericColumn } from '../columns/column.ts';
import { decodeKeywordColumn } from '../columns/keyword-column-reader.ts';
import { decodeNumericColumn } from '../columns/numeric-column-reader.ts';
import { DictionaryBlock, type Place, type TermLocation } from '../dictionary/dictionary-block.ts';
import type { FooterField } from '../footer/footer-reader.ts';
import { IdBlock } from '../ids/id-block.ts';
import { decodeIdRanks } from '../ids/id-ranks.ts';
import { decodeNorms } from '../norms/norms-reader.ts';
import { PositionsData } from '../positions/positions-data.ts';
import { BlockPostings } from '../postings/block-postings.ts';
import { PostingsData } from '../postings/postings-data.ts';
import type { Postings } from '../postings/postings.ts';
import type {
  MatchedTerms,
  Pending,
  ReadWave,
  StoredDocument,
  TermBounds,
  TermInfo,
  TermReach,
  TermWatch,
} from '../segment-reader.ts';
import { StoredBlock } from '../stored/stored-block.ts';
import type { UnitRange } from '../unit.ts';
import type { SegmentParts } from './segment-parts.ts';
import type { LocatedTerm } from './hot-terms.ts';
import { TermSlice } from './term-slice.ts';
import { UnitRound, VIEW_BYTES, type Fetched } from './unit-round.ts';

/** Bytes held for a byte of a dictionary or id block: its columns. */
const DICTIONARY_BYTES = 6;
/** Of the objects and arrays around a term's parsed postings or positions. */
const PARSED_BYTES = 600;
/** Read along at most: 13 ms of a connection, of a round's 63. */
const MAX_AHEAD_BYTES = 1 << 20;
const UNWATCHED: TermWatch = { spend: () => undefined };

/**
 * One or more rounds of reading. Every request notes the ranges it needs and what to do with them; a flush reads each
 * range once, in the order of the object, and then runs what was noted.
 */
export class SegmentWave extends UnitRound implements ReadWave {
  constructor(
    parts: SegmentParts,
    private readonly watch: TermWatch = UNWATCHED,
  ) {
    super(parts);
  }

  term(fieldName: string, term: string, reach?: TermReach): Pending<TermInfo | undefined> {
    const hot = this.parts.terms.get(fieldName, term);
    if (hot !== undefined) {
      this.noteAnswered();
      return hot;
    }
    const field = this.dictionaryField(fieldName);
    if (!field) return this.afterwards(() => undefined);
    const key = encodeUtf8(term);
    const block = field.dictionary.blockOf(key);
    const range = field.dictionary.range(block);
    if (this.need(range) && reach) this.needAhead(field, block, range, reach);
    return this.afterwards((fetched) => {
      const entries = this.dictionaryBlock(field, block, fetched);
      const i = entries.terms.find(key);
      if (i < 0) return undefined;
      const info = this.termInfo(field, block, entries, i, term);
      this.parts.terms.note(info);
      return info;
    });
  }

  terms(fieldName: string, bounds: TermBounds, limit: number): Pending<{ terms: TermInfo[]; complete: boolean }> {
    const field = this.dictionaryField(fieldName);
    if (!field) return this.afterwards(() => ({ terms: [], complete: true }));
    const slice = new TermSlice(bounds);
    const { first, last } = slice.blocks(field.dictionary, limit);
    for (let block = first; block <= last; block++) this.need(field.dictionary.range(block));
    return this.afterwards((fetched) => {
      const terms: TermInfo[] = [];
      let taken = 0;
      for (let block = first; block <= last; block++) {
        const entries = this.dictionaryBlock(field, block, fetched);
        const end = slice.end(entries.terms);
        for (let i = slice.start(entries.terms); i < end; i++) {
          if (terms.length === limit) return { terms, complete: false };
          terms.push(this.termInfo(field, block, entries, i));
        }
        this.watch.spend(terms.length - taken);
        taken = terms.length;
      }
      return { terms, complete: true };
    });
  }

  matchingTerms(fieldName: string, automaton: ByteAutomaton, limit: number): Pending<MatchedTerms> {
    const field = this.dictionaryField(fieldName);
    if (!field) return this.afterwards(() => ({ terms: [], marks: [], complete: true }));
    const { dictionary } = field;
    this.watch.spend(0);
    const blocks = Array.from({ length: dictionary.length }, (_, block) => block).filter((block) =>
      matchesBetween(automaton, dictionary.lowerBound(block)!, dictionary.lowerBound(block + 1)),
    );
    for (const block of blocks) this.need(dictionary.range(block));
    return this.afterwards((fetched) => {
      const walk = new MatchWalk(automaton);
      const terms: TermInfo[] = [];
      const marks: number[] = [];
      let complete = true;
      let taken = 0;
      for (const block of blocks) {
        if (!complete) break;
        const entries = this.dictionaryBlock(field, block, fetched);
        walk.run(entries.terms, (at, mark) => {
          complete = terms.length < limit;
          if (!complete) return false;
          terms.push(this.termInfo(field, block, entries, at));
          marks.push(mark);
          return true;
        });
        this.watch.spend(terms.length - taken);
        taken = terms.length;
      }
      return { terms, marks, complete };
    });
  }

  termsByOrdinal(fieldName: string, ordinals: ArrayLike<number>): Pending<string[]> {
    if (ordinals.length === 0) return this.afterwards(() => []);
    const field = this.dictionaryField(fieldName);
    assert(field, `field "${fieldName}" has a dictionary when its ordinals are asked for`);
    const blocks = Array.from(ordinals, (ordinal) => {
      assert(ordinal >= 0 && ordinal < field.termCount, `ordinal ${ordinal} of ${field.termCount} terms`);
      const block = field.dictionary.blockOfOrdinal(ordinal);
      this.need(field.dictionary.range(block));
      return block;
    });
    const asked = Array.from(ordinals);
    return this.afterwards((fetched) =>
      asked.map((ordinal, i) => {
        const block = blocks[i]!;
        return this.dictionaryBlock(field, block, fetched).terms.text(ordinal - field.dictionary.first(block));
      }),
    );
  }

  postings(info: LocatedTerm, withPositions: boolean): Pending<Postings> {
    const field = this.parts.footer.fields.get(info.field);
    assert(field, `field "${info.field}" is one of this segment`);
    const hasFreqs = field.type === 'text';
    const { docFreq, hot } = info;
    const known = hot?.postings(withPositions && hasFreqs);
    if (known !== undefined) return this.atOnce(known);
    const { postings, positions, totalTermFreq } = info.location as TermLocation;
    const { docCount } = this.parts.footer;
    const wanted = withPositions && hasFreqs ? positions : undefined;
    const half = hot?.postings(false)?.data;
    if (!half) this.needPlace(postings);
    if (wanted) this.needPlace(wanted);
    const shape = { docFreq, totalTermFreq, hasFreqs, docCount };
    return this.afterwards((fetched) => {
      const data = half ?? this.parsePlace(postings, fetched, (body) => new PostingsData(body, shape));
      const where = wanted && this.parsePlace(wanted, fetched, (body) => new PositionsData(body, totalTermFreq));
      const parsed = new BlockPostings(data, where);
      hot?.keep(parsed, (half ? 0 : heldBytes(postings)) + (wanted ? heldBytes(wanted) : 0));
      return parsed;
    });
  }

  dictionary(fieldName: string): Pending<number> {
    const blocks = this.dictionaryField(fieldName)?.dictionary;
    let bytes = 0;
    for (let block = 0; block < (blocks?.length ?? 0); block++) {
      const range = blocks!.range(block);
      this.need(range);
      bytes += range.length;
    }
    return this.afterwards(() => bytes);
  }

  norms(fieldName: string): Pending<Uint8Array> {
    const section = this.parts.section(fieldName, 'norms');
    const { docCount } = this.parts.footer;
    return this.unit(section, (body) => decodeNorms(body, docCount));
  }

  numericColumn(fieldName: string): Pending<NumericColumn> {
    const section = this.parts.section(fieldName, 'column');
    const { docCount, fields } = this.parts.footer;
    assert(fields.get(fieldName)?.type !== 'keyword', `field "${fieldName}" has no numeric column`);
    return this.unit(section, (body) => decodeNumericColumn(body, docCount));
  }

  keywordColumn(fieldName: string): Pending<KeywordColumn> {
    const section = this.parts.section(fieldName, 'column');
    const { docCount, fields } = this.parts.footer;
    const { type, termCount } = fields.get(fieldName)!;
    assert(type === 'keyword', `field "${fieldName}" is ${type} and has no keyword column`);
    return this.unit(section, (body) => decodeKeywordColumn(body, docCount, termCount));
  }

  idRanks(): Pending<Uint16Array | Uint32Array> {
    const { ranks, docCount } = this.parts.footer;
    return this.unit(ranks, (body) => decodeIdRanks(body, docCount));
  }

  docsById(ids: readonly string[]): Pending<Int32Array> {
    const index = this.parts.footer.ids;
    const wanted = ids.map((id) => {
      const key = encodeUtf8(id);
      const block = index.blockOf(key);
      this.need(index.range(block));
      return { key, block };
    });
    return this.afterwards((fetched) =>
      Int32Array.from(wanted, ({ key, block }) => {
        const entries = this.idBlock(block, fetched);
        const i = entries.ids.find(key);
        return i < 0 ? -1 : entries.docs[i]!;
      }),
    );
  }

  documents(docs: ArrayLike<number>): Pending<StoredDocument[]> {
    const { stored, docCount } = this.parts.footer;
    const wanted = Array.from(docs, (doc) => {
      assert(doc >= 0 && doc < docCount, `document ${doc} of ${docCount}`);
      const block = stored.blockOf(doc);
      this.need(stored.range(block));
      return { block, place: doc - stored.first(block) };
    });
    return this.afterwards((fetched) =>
      wanted.map(({ block, place }) => {
        const range = stored.range(block);
        return this.storedBlock(range, stored.docs(block), fetched).document(place);
      }),
    );
  }

  ids(docs: ArrayLike<number>, ranks: ArrayLike<number>): Pending<string[]> {
    const known = this.parts.ids.get(docs);
    if (known !== undefined) return this.atOnce(known);
    const read = this.readIds(docs, ranks);
    return this.afterwards(() => {
      this.parts.ids.put(docs, read.value);
      return read.value;
    });
  }

  private readIds(docs: ArrayLike<number>, ranks: ArrayLike<number>): Pending<string[]> {
    const { ids, docCount } = this.parts.footer;
    if (ids.entryCount !== docCount) {
      // Superseded documents have a rank but no entry, so a rank is no place in the index.
      const documents = this.documents(docs);
      return this.afterwards(() => documents.value.map(({ id }) => id));
    }
    const wanted = Array.from(docs, (doc) => {
      const block = ids.blockOfOrdinal(ranks[doc]!);
      this.need(ids.range(block));
      return { doc, block, place: ranks[doc]! - ids.first(block) };
    });
    return this.afterwards((fetched) =>
      wanted.map(({ doc, block, place }) => {
        const entries = this.idBlock(block, fetched);
        if (entries.docs[place] !== doc) throw corrupt(`rank and id index disagree about document ${doc}`);
        return entries.text(place);
      }),
    );
  }

  /** Blocks of the id index, for walking all ids. */
  idBlocks(first: number, end: number): Pending<IdBlock[]> {
    const { ids } = this.parts.footer;
    const blocks = Array.from({ length: end - first }, (_, i) => first + i);
    for (const block of blocks) this.need(ids.range(block));
    return this.afterwards((fetched) => blocks.map((block) => this.idBlock(block, fetched)));
  }

  /** The block's terms are some 250, whose postings take 7 KiB on average: less than the round that they save costs. */
  private needAhead({ reach: known }: FooterField, block: number, { offset }: UnitRange, reach: TermReach): void {
    const postings = known?.postings(block);
    if (!postings || postings.length > MAX_AHEAD_BYTES) return;
    const positions = reach === 'positions' ? known!.positions(block) : undefined;
    // Without the positions there would be another round all the same.
    if (positions && positions.length > MAX_AHEAD_BYTES) return;
    this.needNext({ ...postings, after: offset });
    if (positions) this.needNext({ ...positions, after: offset });
  }

  private needPlace(place: Place): void {
    if (!(place instanceof Uint8Array)) this.need(place);
  }

  /** An inline body was verified with its block, and is a few bytes. */
  private parsePlace<T extends object>(place: Place, fetched: Fetched, parse: (body: Uint8Array) => T): T {
    return place instanceof Uint8Array ? parse(place) : this.parse(place, fetched, parse);
  }

  private storedBlock(range: UnitRange, docs: number, fetched: Fetched): StoredBlock {
    const inflate = (body: Uint8Array): StoredBlock =>
      new StoredBlock(body, docs, this.parts.footer.stored.dictionary.bytes());
    return this.parse(range, fetched, inflate, (block) => block.bytes + range.length);
  }

  private idBlock(block: number, fetched: Fetched): IdBlock {
    const { ids, docCount } = this.parts.footer;
    const range = ids.range(block);
    return this.parse(
      range,
      fetched,
      (body) => new IdBlock(body, ids.entries(block), docCount),
      () => DICTIONARY_BYTES * range.length,
    );
  }

  private dictionaryField(name: string): DictionaryField | undefined {
    const field = this.parts.footer.fields.get(name);
    return field?.dictionary ? (field as DictionaryField) : undefined;
  }

  private dictionaryBlock(field: DictionaryField, block: number, fetched: Fetched): DictionaryBlock {
    const { dictionary, sections, type } = field;
    const parse = (body: Uint8Array): DictionaryBlock => {
      const { docCount } = this.parts.footer;
      const [postings, positions] = [sections.get('postings')!, sections.get('positions')!];
      return new DictionaryBlock(body, dictionary.entries(block), {
        docCount,
        hasFreqs: type === 'text',
        postings,
        positions,
      });
    };
    const range = dictionary.range(block);
    return this.parse(range, fetched, parse, () => DICTIONARY_BYTES * range.length);
  }

  private termInfo(
    field: DictionaryField,
    block: number,
    entries: DictionaryBlock,
    i: number,
    term = entries.terms.text(i),
  ): TermInfo {
    return {
      field: field.name,
      term,
      ordinal: field.dictionary.first(block) + i,
      docFreq: entries.docFreqs[i]!,
      location: entries.location(i),
    };
  }
}

/** Of what is parsed of a body, with the body. */
const heldBytes = ({ length }: Place): number => VIEW_BYTES * length + PARSED_BYTES;

type DictionaryField = FooterField & { readonly dictionary: NonNullable<FooterField['dictionary']> };
