import { describe, expect, it } from 'vitest';
import { parseAnswer, serialiseRequest } from '../http-message.ts';
import { knownChats, knownCounts } from '../load.ts';

const parse = (text: string) => parseAnswer(Buffer.from(text));

describe('a request', () => {
  it('says how many bytes its body has, not how many characters', () => {
    const [exchange] = knownChats('Grüße');
    if (!exchange) throw new Error('no exchange');
    const [head = '', body = ''] = serialiseRequest(exchange, 'x:1')
      .toString('utf8')
      .split('\r\n\r\n');
    expect(head).toMatch(/^POST \/chat\/ HTTP\/1\.1\r\nhost: x:1\r\n/);
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toMatchObject({ user_id: 'alice', text: 'Grüße' });
  });

  it('has no length without a body', () => {
    const [exchange] = knownCounts();
    if (!exchange) throw new Error('no exchange');
    expect(serialiseRequest(exchange, 'x:1').toString()).toBe(
      'GET /analytics/alice HTTP/1.1\r\nhost: x:1\r\n\r\n',
    );
  });
});

describe('an answer', () => {
  const whole = 'HTTP/1.1 200 OK\r\nX-Analytics: ok\r\ncontent-length: 5\r\n\r\nGrüß';
  const chunked =
    'HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n';

  it('is read with its length', () => {
    const text = 'HTTP/1.1 200 OK\r\nX-Analytics: ok\r\ncontent-length: 6\r\n\r\nGrüß';
    const answer = parse(text);
    expect(answer).toMatchObject({ status: 200, body: 'Grüß' });
    expect(answer?.headers.get('x-analytics')).toBe('ok');
  });

  it('is read in chunks', () => {
    expect(parse(chunked)).toMatchObject({ status: 404, body: 'abcde' });
  });

  it.each([whole.replace(': 5', ': 6'), chunked])('is awaited to its last byte', (text) => {
    const bytes = Buffer.from(text);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(parseAnswer(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(parseAnswer(bytes)).toBeDefined();
  });

  it.each([
    ['no HTTP', 'SSH-2.0\r\n\r\n', /no HTTP answer/],
    ['without an end', 'HTTP/1.1 200 OK\r\n\r\n', /where it ends/],
    ['longer than announced', whole, /more came/],
    ['with a broken chunk', chunked.replace('\r\n2\r\n', '\r\nzz\r\n'), /no size/],
  ])('is refused where it is %s', (_what, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
