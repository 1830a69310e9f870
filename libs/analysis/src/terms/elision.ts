const APOSTROPHE = /['\u2019]/;

/** Takes off an article before an apostrophe: l'avion → avion, when `l` is one of the articles (lower-case). */
export function elision(articles: ReadonlySet<string>, ignoreCase = true): (word: string) => string {
  return (word) => {
    const mark = word.search(APOSTROPHE);
    if (mark <= 0) return word;
    const article = word.slice(0, mark);
    return articles.has(ignoreCase ? article.toLowerCase() : article) ? word.slice(mark + 1) : word;
  };
}
