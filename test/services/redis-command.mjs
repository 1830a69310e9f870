import { connect } from 'node:net';

/**
 * One command to the Redis on a port of 127.0.0.1, so that wiring one up needs no client. Rejects with what Redis objects to.
 * @param {number} port
 * @param {...(string | number)} words
 * @returns {Promise<unknown>}
 */
export function redisCommand(port, ...words) {
  const parts = words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`);
  return new Promise((resolve, reject) => {
    const connection = connect(port, '127.0.0.1', () => connection.write(`*${words.length}\r\n${parts.join('')}`));
    let text = '';
    connection.setEncoding('utf8');
    connection.setTimeout(5000, () => connection.destroy(new Error(`redis on port ${port}: no answer within 5 s`)));
    connection.on('error', reject);
    connection.on('close', () => reject(new Error(`redis on port ${port} hung up`)));
    connection.on('data', (chunk) => {
      text += chunk;
      const answer = parse(text, 0);
      if (answer === undefined) return;
      if (answer.value instanceof Error) reject(answer.value);
      else resolve(answer.value);
      connection.destroy();
    });
  });
}

/** The value that begins at `at` and where it ends; undefined while bytes are missing. */
function parse(text, at) {
  const end = text.indexOf('\r\n', at);
  if (end < 0) return undefined;
  const line = text.slice(at + 1, end);
  const next = end + 2;
  switch (text[at]) {
    case '+':
      return { value: line, next };
    case '-':
      return { value: new Error(line), next };
    case ':':
      return { value: Number(line), next };
    case '$': {
      const length = Number(line);
      if (length < 0) return { value: null, next };
      // What is asked here is ASCII: characters are bytes.
      return text.length < next + length + 2
        ? undefined
        : { value: text.slice(next, next + length), next: next + length + 2 };
    }
    default: {
      const values = [];
      let cursor = next;
      for (let i = 0; i < Number(line); i++) {
        const item = parse(text, cursor);
        if (item === undefined) return undefined;
        values.push(item.value);
        cursor = item.next;
      }
      return { value: values, next: cursor };
    }
  }
}
