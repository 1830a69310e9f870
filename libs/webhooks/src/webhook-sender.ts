/** The port to what carries a signed body to a URL, once. */
export interface WebhookSender {
  /**
   * Whatever the receiver answers, also a refusal. Errors: `invalid` (`address_forbidden`, `bad_webhook_url`) it may not be
   * reached, now or later; `timeout` and `unavailable` (`delivery_failed`) it could not; `cancelled`.
   */
  send(request: WebhookRequest): Promise<WebhookAnswer>;
}

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface WebhookAnswer {
  readonly status: number;
  /** The receiver's wish. */
  readonly retryAfterMs?: number;
}
