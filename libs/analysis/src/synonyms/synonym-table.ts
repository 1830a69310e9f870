import type { SynonymRule } from './parse-synonyms.ts';

/** What a run of words stands for. */
export interface Synonyms {
  /** Each a run of words; none is the run itself. */
  readonly outputs: readonly (readonly string[])[];
  /** The words themselves stay too. */
  readonly keep: boolean;
}

/** A place in the tree of runs of words. */
export interface SynonymNode {
  readonly next: Map<string, SynonymNode>;
  found: Synonyms | undefined;
}

const emptyNode = (): SynonymNode => ({ next: new Map(), found: undefined });

/** All rules as one tree: the longest run of a text's words that leads to `found` is what is replaced. */
export class SynonymTable {
  readonly root = emptyNode();
  /** Some rule has an alternative of several words, or takes several words together. */
  hasPaths = false;

  /**
   * @param expand of rules without outputs: false makes all of a rule's words the first one
   * @param wordsOf the words of a side, as the filters before cut them
   */
  add({ inputs, outputs }: SynonymRule, expand: boolean, wordsOf: (text: string) => readonly string[]): void {
    const from = inputs.map(wordsOf);
    const to = outputs?.map(wordsOf) ?? (expand ? from : from.slice(0, 1));
    this.hasPaths ||= [...from, ...to].some((words) => words.length > 1);
    for (const words of from) this.enter(words, to);
  }

  private enter(words: readonly string[], outputs: readonly (readonly string[])[]): void {
    let node = this.root;
    for (const word of words) {
      let next = node.next.get(word);
      if (!next) node.next.set(word, (next = emptyNode()));
      node = next;
    }
    const known = node.found;
    const all = new Map<string, readonly string[]>();
    for (const output of [...(known?.outputs ?? []), ...outputs]) all.set(output.join('\0'), output);
    const keep = all.delete(words.join('\0')) || known?.keep === true;
    node.found = { outputs: [...all.values()], keep };
  }
}
