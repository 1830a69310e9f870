import { translateConnectError } from './rabbit-errors.ts';

describe('a connection that cannot be opened', () => {
  it.each([
    ['ECONNREFUSED', 'nothing listens there'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'for another host'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS'],
    ['E_NEW', 'E_NEW'],
  ])('for %s says what is wrong in one line', (code, words) => {
    const error = translateConnectError(Object.assign(new Error('routines:0A00010B:internal'), { code }), 'h:5671');
    expect(error).toMatchObject({ kind: 'unavailable', code: 'broker_unavailable', details: { at: 'h:5671' } });
    expect(error.message).toMatch(/^rabbitmq at h:5671 cannot be reached: [^\n]+$/);
    expect(error.message).toContain(words);
  });
});
