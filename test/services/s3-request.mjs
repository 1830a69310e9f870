import { createHash, createHmac } from 'node:crypto';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/**
 * An S3 request without a body, signed as Signature Version 4 asks, so that probing a server needs no SDK.
 * Resolves with the HTTP status, or undefined when nobody answers.
 */
export async function s3Request({ endpoint, accessKey, secretKey, region }, method, path, timeoutMs = 3000) {
  const { host } = new URL(endpoint);
  const now = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${now.slice(0, 8)}/${region}/s3/aws4_request`;
  const signed = { host, 'x-amz-content-sha256': sha256(''), 'x-amz-date': now };
  const names = Object.keys(signed).join(';');
  const headerLines = Object.entries(signed).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, path, '', headerLines.join(''), names, sha256('')].join('\n');
  const key = [region, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${secretKey}`, now.slice(0, 8)));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', now, scope, sha256(canonical)].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  const { host: _, ...headers } = signed;
  try {
    const response = await fetch(endpoint + path, {
      method,
      headers: { ...headers, authorization },
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}

/** Whether an S3 server answers there and takes the credentials. */
export const s3Answers = async (server) => (await s3Request(server, 'GET', '/')) === 200;

export async function createBucket(server, bucket) {
  const status = await s3Request(server, 'PUT', `/${bucket}`, 60_000);
  // 409: it is there already, and ours.
  if (status !== 200 && status !== 409)
    throw new Error(`the bucket "${bucket}" could not be made at ${server.endpoint}: status ${status ?? 'none'}`);
}
