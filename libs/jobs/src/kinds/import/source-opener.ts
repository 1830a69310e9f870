import type { ObjectStore } from '#libs/object-store';

/**
 * The port to what may be imported. The app decides which places there are and which of them a client may name.
 * Rejects with `invalid` (`bad_source`, `source_not_allowed`) for a URL that is malformed or not to be read.
 */
export interface SourceOpener {
  /** The store that holds the source, and its key there: an object, or a prefix (a folder) of objects. */
  open(url: string): Promise<OpenedSource>;
}

export interface OpenedSource {
  readonly store: ObjectStore;
  readonly key: string;
  /** The URL of another key of the same store. */
  urlOf(key: string): string;
}
