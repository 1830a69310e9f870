import type { FilteredText } from '../token-filter.ts';

/** Builds the text of a character filter piece by piece and remembers where each piece came from. */
export class ReplacedText {
  private text = '';
  /** Pieces: where each begins in the new text and in the old, and whether it is a copy. */
  private readonly news: number[] = [];
  private readonly olds: number[] = [];
  private readonly oldEnds: number[] = [];
  private readonly copies: boolean[] = [];

  constructor(private readonly source: string) {}

  /** source[from, to) as it stands. */
  copy(from: number, to: number): void {
    if (to > from) this.add(this.source.slice(from, to), from, to, true);
  }

  /** `replacement` instead of source[from, to). */
  replace(from: number, to: number, replacement: string): void {
    this.add(replacement, from, to, false);
  }

  finish(): FilteredText {
    const { text, source, news, olds, oldEnds, copies } = this;
    if (news.length === 0) return { text: '', original: () => source.length };
    const pieceAt = (offset: number): number => {
      let [low, high] = [0, news.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (news[middle]! <= offset) low = middle;
        else high = middle - 1;
      }
      return low;
    };
    return {
      text,
      original(offset, isEnd) {
        // The end of a token belongs to the character before it.
        const piece = pieceAt(isEnd ? offset - 1 : offset);
        if (copies[piece]) return Math.min(olds[piece]! + offset - news[piece]!, oldEnds[piece]!);
        return isEnd ? oldEnds[piece]! : olds[piece]!;
      },
    };
  }

  private add(piece: string, from: number, to: number, isCopy: boolean): void {
    if (piece === '') return;
    this.news.push(this.text.length);
    this.olds.push(from);
    this.oldEnds.push(to);
    this.copies.push(isCopy);
    this.text += piece;
  }
}
