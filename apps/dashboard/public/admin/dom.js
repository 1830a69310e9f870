/**
 * An element. `text` is set as text, never as markup: most of what is shown here was written by somebody else.
 * @param {string} name
 * @param {{ text?: string, class?: string, [attribute: string]: string | undefined }} attributes
 * @param {readonly Node[]} children
 */
export function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (attribute === 'text') made.textContent = value;
    else made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

/** Changes the text only if it differs: a selection in it survives. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** `tone`: good, warn, bad; undefined for neither. */
export function setTone(node, tone) {
  if (tone === undefined) delete node.dataset.tone;
  else if (node.dataset.tone !== tone) node.dataset.tone = tone;
}

export const find = (selector, within = document) => within.querySelector(selector);

/** A bar with words under it. */
export function measure(label) {
  const bar = element('progress', { 'aria-label': label });
  const words = element('span');
  return {
    node: element('span', { class: 'measure' }, [bar, words]),
    /** `share` of 1; undefined where there is nothing to measure by. */
    set(share, text) {
      bar.hidden = share === undefined;
      if (share !== undefined && bar.value !== share) bar.value = share;
      setText(words, text);
    },
  };
}
