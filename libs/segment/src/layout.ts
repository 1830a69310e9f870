/** The constants of FORMAT.md. A change of any of them is a new FORMAT_VERSION, and readers learn it before writers. */
export const FORMAT_VERSION = 3;
/** The oldest that is read. Version 2 has no reach of dictionary blocks in the footer. */
export const OLDEST_FORMAT_VERSION = 2;
export const FIRST_VERSION_WITH_REACH = 3;

/** "QSEG", little-endian: the first four bytes of the object and the last four. */
export const MAGIC = 0x4745_5351;

/** Magic and format version. */
export const HEADER_BYTES = 8;

/** Footer length, crc32, format version, magic. */
export const TRAILER_BYTES = 16;

/** Sections begin at multiples of this, so that Float64 columns can be viewed in place. */
export const SECTION_ALIGNMENT = 8;

/**
 * Raw bytes of a stored block; a hit reads and inflates one. With the segment's dictionary 16 KiB of prose compress to
 * 0.395, 32 KiB to 0.39; without it to 0.43 and 0.42.
 */
export const STORED_BLOCK_BYTES = 16 * 1024;

/** Of the dictionary of stored blocks, inflated: twice as much would save 1 % of them and take 30 % more time. */
export const MAX_STORED_DICTIONARY_BYTES = 32 * 1024;

/** Encoded bytes at which a dictionary or id block is closed. */
export const DICTIONARY_BLOCK_BYTES = 4096;

/** Bytes of all terms of a block, spelled out, at which it is closed: bounds what parsing it allocates. */
export const DICTIONARY_BLOCK_TERM_BYTES = 64 * 1024;

/**
 * Postings and positions of at most so many bytes stand in the dictionary entry instead of in a unit of their own. 32 against
 * 16: 0.3 % less in all, and no request for the postings of most rare terms; the dictionary is a fifth larger.
 */
export const INLINE_BYTES = 32;

/** Pareto pairs kept of a full postings block. */
export const MAX_IMPACTS = 8;

/** Positions in a packed block. */
export const POSITIONS_BLOCK = 128;

/** Added between two values of one field, as Lucene does. */
export const POSITION_GAP = 100;

/** Highest position; what lies beyond (a gigabyte of values in one document) shares it. */
export const MAX_POSITION = 0x3fff_ffff;

export const DEFAULT_IGNORE_ABOVE = 8191;
