/** Who may do what, as the settings say it. */
export type IdentitySettings = { readonly mode: 'off' } | AuthOn;

/** API keys, and the JSON Web Tokens of at most one issuer. */
export interface AuthOn {
  readonly mode: 'on';
  /** Tokens are signed HS256 with it, and then with nothing else. At least 32 bytes. */
  readonly hs256Secret?: string;
  /** Tokens are signed with one of its keys. */
  readonly jwksUrl?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly algorithms: readonly ('HS256' | 'RS256' | 'ES256')[];
  /** The claim that names the tenant. */
  readonly tenantClaim: string;
}
