const SHOWN = 100;

/** A value as it stands in an error message: JSON, cut short. */
export function offendingValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return shortened(`{${Object.keys(value).slice(0, 5).join(', ')}}`);
  return String(value);
}

/** A name as it stands in an error message. */
export const shortened = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
