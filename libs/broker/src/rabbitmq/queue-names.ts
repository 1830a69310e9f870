/**
 * Quorum queues know no priorities (RabbitMQ 4 knows two), so a mailbox is three queues, and consumers prefer them in
 * this order. Within a band the order is by age alone, but for what a consumer happens to hold at the same time.
 */
export const BANDS = ['high', 'normal', 'low'] as const;
export type Band = (typeof BANDS)[number];

const HIGH_FROM = 6;
const NORMAL_FROM = 3;

export function bandOf(priority: number): Band {
  if (priority >= HIGH_FROM) return 'high';
  return priority >= NORMAL_FROM ? 'normal' : 'low';
}

/**
 * The names of everything on the server. A slash, which no mailbox name has, parts the mailbox from what is added: no two
 * can collide. Mailboxes that already begin with the namespace do not get it twice.
 */
export class QueueNames {
  private readonly namespace: string;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  band(mailbox: string, band: Band): string {
    return `${this.root(mailbox)}/${band}`;
  }

  dead(mailbox: string): string {
    return `${this.root(mailbox)}/dead`;
  }

  /** The queue of one level of the delays, and the exchange before it; see delay-levels.ts. */
  delay(mailbox: string, level: number): string {
    return `${this.root(mailbox)}/delay-${String(level).padStart(2, '0')}`;
  }

  /** The exchange that hands messages whose delay is over to their band. */
  due(mailbox: string): string {
    return `${this.root(mailbox)}/due`;
  }

  /** Where the process that listens at the address gets its direct messages. */
  direct(address: string): string {
    return `${this.root(address)}/direct`;
  }

  /** The stream of all mailboxes; see mailbox-roll.ts. */
  roll(): string {
    return `${this.namespace}/mailboxes`;
  }

  private root(mailbox: string): string {
    return mailbox.startsWith(`${this.namespace}.`) ? mailbox : `${this.namespace}/${mailbox}`;
  }
}
