/** A response's body is larger than what its reader is willing to hold. */
export class BodyTooLargeError extends Error {
  override name = 'BodyTooLargeError';

  constructor(maxBytes: number) {
    super(`The body is larger than ${maxBytes} bytes`);
  }
}

/**
 * Reads a whole body as UTF-8, and stops reading at the limit.
 * @param maxBytes the largest body that is read
 * @throws BodyTooLargeError, and whatever ends the stream early
 */
export async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (bytes > maxBytes) throw new BodyTooLargeError(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
