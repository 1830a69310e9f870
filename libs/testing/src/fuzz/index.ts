export { below, onceIn, oneOf } from './draw.ts';
export { fuzz } from './fuzz.ts';
export { mutateBytes } from './mutate-bytes.ts';
export { mutateJson } from './mutate-json.ts';
export { mutateText } from './mutate-text.ts';
export { STRANGE_TEXTS, strangeText, strangeValue } from './strange-values.ts';
