import { invalid } from '#libs/kernel';
import { MAILBOX_NAME, MAX_MESSAGE_BYTES, type OutgoingMessage } from './broker.ts';

const HIGHEST_PRIORITY = 9;

/** Throws `invalid` (`bad_mailbox`) for a name that some broker could not carry. */
export function checkMailbox(mailbox: string): void {
  if (MAILBOX_NAME.test(mailbox)) return;
  throw invalid('bad_mailbox', `"${mailbox}" is no mailbox name; use 1 to 128 of a-z 0-9 . _ -`, { mailbox });
}

/** Throws `invalid` (`message_too_large`, `bad_priority`): no adapter accepts what another would refuse. */
export function checkMessage(message: OutgoingMessage): void {
  // A UTF-16 unit takes at most three bytes, so most messages need no counting.
  if (message.body.length * 3 > MAX_MESSAGE_BYTES) {
    const bytes = Buffer.byteLength(message.body);
    if (bytes > MAX_MESSAGE_BYTES) {
      throw invalid(
        'message_too_large',
        `the message has ${bytes} bytes, at most ${MAX_MESSAGE_BYTES} travel; store the body and send its key`,
        { bytes, limit: MAX_MESSAGE_BYTES },
      );
    }
  }
  const priority = message.priority ?? 0;
  if (!Number.isInteger(priority) || priority < 0 || priority > HIGHEST_PRIORITY) {
    throw invalid('bad_priority', `${priority} is no priority; use 0 to ${HIGHEST_PRIORITY}`, { priority });
  }
}
