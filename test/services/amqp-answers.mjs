import { connect } from 'node:net';

/**
 * Whether a server greets there as AMQP 0-9-1 asks: only then it takes clients.
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<boolean>}
 */
export function amqpAnswers(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const connection = connect(port, host, () => connection.write('AMQP\0\0\x09\x01', 'latin1'));
    const end = (answer) => {
      connection.destroy();
      resolve(answer);
    };
    connection.setTimeout(3000, () => end(false));
    connection.on('error', () => end(false));
    connection.on('close', () => end(false));
    // A method frame (1) on channel 0: connection.start.
    connection.on('data', (chunk) => end(chunk[0] === 1));
  });
}
