import ipaddr from 'ipaddr.js';
import { invalid } from '#libs/kernel';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = [Address, number];

/** Unicast as the registries have it, and yet never somebody's web server: Azure's metadata service. */
const NEVER: readonly Cidr[] = [ipaddr.parseCIDR('168.63.129.16/32')];
/** All of IPv6 that is routed between networks. Outside it lie compatible, mapped and translated IPv4 addresses. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** How IPv6-only networks reach IPv4 (RFC 6052); the address asked for is its last 32 bits. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Which addresses webhooks may be sent to: those that are routed on the public internet, and those that the operator
 * lets through. Everything else is the inside of somebody's network, and whoever names a URL must not reach into it.
 */
export class AddressPolicy {
  private readonly allowed: readonly Cidr[];

  /** @param allow CIDRs, or addresses. Throws `invalid` (`bad_cidr`). */
  constructor(allow: readonly string[] = []) {
    this.allowed = allow.map(parseCidr);
  }

  /** Why it may not be reached, in a word; undefined: it may. */
  refusal(text: string): string | undefined {
    if (!ipaddr.isValid(text)) return 'no address';
    // A mapped address is the IPv4 address: the system connects to that.
    const address = ipaddr.process(text);
    if (this.allowed.some((cidr) => within(address, cidr))) return undefined;
    if (NEVER.some((cidr) => within(address, cidr))) return 'metadata service';
    if (address instanceof ipaddr.IPv6) return this.refusalOfIpv6(address);
    return publicRange(address);
  }

  private refusalOfIpv6(address: ipaddr.IPv6): string | undefined {
    if (within(address, NAT64)) return this.refusal(address.toByteArray().slice(12).join('.'));
    return publicRange(address) ?? (within(address, GLOBAL_UNICAST) ? undefined : 'not global unicast');
  }
}

function publicRange(address: Address): string | undefined {
  const range = address.range();
  return range === 'unicast' ? undefined : range;
}

const within = (address: Address, [network, bits]: Cidr): boolean =>
  address.kind() === network.kind() && address.match([network, bits] as never);

function parseCidr(text: string): Cidr {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch {
    throw invalid('bad_cidr', `"${text}" is not a range of addresses; write 10.0.0.0/8 or fd00::/8`, { value: text });
  }
}
