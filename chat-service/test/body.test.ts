import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonBody } from '../src/json-body.ts';
import { build, share } from './build.ts';

const app = share();

/** A message that is right but blank, so that one which is let in ends with 400. */
const blank = '{"user_id":"alice","text":" "}';

async function post(contentType: string | undefined, payload: string | Buffer = blank) {
  return app().inject({
    method: 'POST',
    url: '/chat/',
    headers: contentType === undefined ? {} : { 'content-type': contentType },
    payload,
  });
}

describe('the content type of a body', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json ; charset=utf-8',
    'Application/JSON',
    'application/vnd.example+json',
    'application/ld+json; profile="x"',
  ])('%s is JSON', async (type) => {
    expect((await post(type)).statusCode).toBe(400);
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/json-seq',
    'application/+json',
    'xapplication/json',
    'application/xml; a=application/json',
    'json',
    '*/*',
  ])('%s is answered 415', async (type) => {
    const response = await post(type);
    expect(response.statusCode).toBe(415);
    expect(response.json()).toEqual({
      detail: 'The request body must be JSON (content-type: application/json)',
    });
  });
});

describe('the size of a body', () => {
  const ofSize = (bytes: number) => blank.replace(' ', ' '.repeat(bytes - blank.length + 1));

  it('may be 256 KB', async () => {
    // Let in, and then too long a text.
    expect((await post('application/json', ofSize(256 * 1024))).statusCode).toBe(422);
  });

  it('of a byte more is answered 413', async () => {
    const response = await post('application/json', ofSize(256 * 1024 + 1));
    expect(response.statusCode).toBe(413);
    expect(response.json()).toEqual({ detail: 'The request body is too large' });
  });
});

describe('a body that is almost JSON', () => {
  it.each([
    ['a byte order mark is skipped', Buffer.from(`\ufeff${blank}`), 400],
    ['white space around it is skipped', Buffer.from(` \n\t${blank}\r\n`), 400],
    ['of a repeated field the last one counts', '{"user_id":1,"user_id":"alice","text":""}', 400],
    [
      'bytes that are no UTF-8 are refused',
      Buffer.from(blank.replace('alice', '\xff'), 'latin1'),
      422,
    ],
    ['UTF-16 is refused', Buffer.from(blank, 'utf16le'), 422],
    ['16 levels are read', blank.replace('}', `,"x":${'['.repeat(15)}${']'.repeat(15)}}`), 400],
    ['17 levels are refused', blank.replace('}', `,"x":${'['.repeat(16)}${']'.repeat(16)}}`), 422],
    ['100,000 levels are refused', '['.repeat(100_000) + ']'.repeat(100_000), 422],
  ])('%s', async (_case, payload, status) => {
    expect((await post('application/json', payload)).statusCode).toBe(status);
  });

  it('is not quoted in the answer, nor in the log', async () => {
    const { app, logText } = await build();
    const response = await app.inject({
      method: 'POST',
      url: '/chat/',
      headers: { 'content-type': 'application/json' },
      payload: '{"text":"sentinel of a text"',
    });
    expect(response.statusCode).toBe(422);
    expect(response.body + logText()).not.toContain('sentinel');
  });
});

describe('parseJsonBody', () => {
  it('returns what JSON.parse does for any JSON of few levels', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(parseJsonBody(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('throws its two errors and nothing else for any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));
    const almostJson = fc.json().map((text) => Buffer.from(text.slice(1)));
    fc.assert(
      fc.property(fc.oneof(bytes, almostJson), (body) => {
        try {
          parseJsonBody(body);
        } catch (error) {
          expect(error).toMatchObject({
            code:
              body.length === 0 ? 'FST_ERR_CTP_EMPTY_JSON_BODY' : 'FST_ERR_CTP_INVALID_JSON_BODY',
          });
        }
      }),
    );
  });
});
