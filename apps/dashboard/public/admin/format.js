/** Numbers as people read them. */
const whole = new Intl.NumberFormat('en');

export const count = (value) => whole.format(value);

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(value) {
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < SIZES.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${SIZES[unit]}`;
}

/** The two units that matter: 850 ms, 12 s, 3 min 20 s, 5 h 2 min, 9 d 4 h. */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** By this machine's clock, which may be a little off. */
export const since = (iso) => duration(Math.max(0, Date.now() - Date.parse(iso)));

export const percent = (share) => `${Math.round(share * 100)} %`;

export const plural = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;
