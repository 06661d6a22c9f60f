import type { ExpectedExchange } from './load.ts';

/** An answer as it came over the wire; header names in lower case. */
export interface HttpAnswer {
  status: number;
  headers: Map<string, string>;
  body: string;
}

/** A request's bytes. */
export function serialiseRequest(exchange: ExpectedExchange, host: string): Buffer {
  const { method, path, headers, body = '' } = exchange;
  const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries({ host, ...headers, ...length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

/**
 * Reads an answer out of what has arrived on a connection so far; undefined while it is not whole.
 * @throws Error for what is no answer, or does not say where it ends
 */
export function parseAnswer(received: Buffer): HttpAnswer | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) throw new Error(`"${statusLine.slice(0, 100)}" is no HTTP answer`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const start = headEnd + 4;
  const chunked = headers.get('transfer-encoding') === 'chunked';
  const length = Number(headers.get('content-length') ?? Number.NaN);
  if (!chunked && Number.isNaN(length)) throw new Error('the answer does not say where it ends');
  const body = chunked ? readChunks(received, start) : readBytes(received, start, length);
  if (body === undefined) return undefined;
  if (received.length > body.end) throw new Error('more came than the answer announces');
  return { status, headers, body: body.text };
}

interface Part {
  text: string;
  /** Where it ends in what has arrived. */
  end: number;
}

function readBytes(received: Buffer, start: number, length: number): Part | undefined {
  const end = start + length;
  return received.length < end ? undefined : { text: received.toString('utf8', start, end), end };
}

/** RFC 9112, 7.1; without trailers, which nobody here sends. */
function readChunks(received: Buffer, start: number): Part | undefined {
  const chunks: Buffer[] = [];
  for (let position = start; ; ) {
    const lineEnd = received.indexOf('\r\n', position);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(received.toString('latin1', position, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('a chunk of the answer has no size');
    const end = lineEnd + 2 + size + 2;
    if (received.length < end) return undefined;
    if (size === 0) return { text: Buffer.concat(chunks).toString('utf8'), end };
    chunks.push(received.subarray(lineEnd + 2, lineEnd + 2 + size));
    position = end;
  }
}
