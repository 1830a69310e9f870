/** What a builder's parts hold, in bytes: each part enters what it allocates when it allocates it. */
export class MemoryLedger {
  bytes = 0;
}

/** What V8 (64 bit, without pointer compression) keeps for a string: header, then one or two bytes a unit, padded to 8. */
export function stringBytes(text: string): number {
  let wide = 0;
  for (let i = 0; i < text.length; i++) wide |= text.charCodeAt(i);
  const bytes = wide > 0xff ? text.length * 2 : text.length;
  return 16 + ((bytes + 7) & ~7);
}
