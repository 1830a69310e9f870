import { AddressPolicy } from './address-policy.ts';

const strict = new AddressPolicy();

describe('an AddressPolicy', () => {
  it.each([
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1']],
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd12:3456::1', 'fc00::1']],
    ['link-local', ['169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'fec0::1']],
    ['metadata services', ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '192.0.0.192', '168.63.129.16']],
    ['shared by carriers', ['100.64.0.1', '100.127.255.255']],
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
    ['multicast and broadcast', ['224.0.0.1', '239.255.255.250', '255.255.255.255', 'ff02::1']],
    ['reserved', ['192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.9', '240.0.0.1', '2001:db8::1', '100::1']],
    ['mapped IPv4', ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '::ffff:10.0.0.1']],
    ['compatible and translated IPv4', ['::127.0.0.1', '::a9fe:a9fe', '::808:808', '::ffff:0:127.0.0.1']],
    ['NAT64 of the inside', ['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::a00:1', '64:ff9b:1::808:808']],
    ['6to4 and Teredo', ['2002:7f00:1::1', '2002:a9fe:a9fe::', '2001:0:4136:e378:8000:63bf:3fff:fdd2']],
    ['not routed', ['4000::1', '5f00::1', '8000::1']],
    ['no addresses', ['', 'localhost', '1.2.3.4.5', '127.0.0.1:80', '[::1]']],
  ])('refuses what is %s', (_, addresses) => {
    for (const address of addresses) expect([address, strict.refusal(address)]).not.toEqual([address, undefined]);
  });

  it.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111', '2a00:1450:4001::1', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
    'lets through %s',
    (address) => {
      expect(strict.refusal(address)).toBeUndefined();
    },
  );

  it('lets through what the operator allows, and no more', () => {
    const policy = new AddressPolicy(['10.1.0.0/16', '127.0.0.1', 'fd00::/8', '::1/128', '168.63.129.16']);
    const permitted = ['10.1.2.3', '::ffff:10.1.2.3', '127.0.0.1', 'fd00:ec2::254', '::1', '168.63.129.16'];
    for (const address of permitted) expect([address, policy.refusal(address)]).toEqual([address, undefined]);
    for (const address of ['10.2.0.1', '127.0.0.2', 'fe80::1', '64:ff9b:1::1', '169.254.169.254']) {
      expect([address, policy.refusal(address)]).not.toEqual([address, undefined]);
    }
  });

  it('lets NAT64 through to what the operator allows', () => {
    expect(new AddressPolicy(['10.0.0.0/8']).refusal('64:ff9b::a00:1')).toBeUndefined();
  });

  it.each(['10.0.0.0/33', 'ten', '10.0.0.0/', 'fd00::/200'])('cannot be made of %s', (cidr) => {
    expect(() => new AddressPolicy([cidr])).toThrow(`"${cidr}" is not a range of addresses`);
  });
});
