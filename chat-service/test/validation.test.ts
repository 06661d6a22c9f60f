import { describe, expect, it } from 'vitest';
import { postChat, share } from './build.ts';

const app = share();

const str = { type: 'string_type', msg: 'Input should be a valid string' };
const object = {
  type: 'model_attributes_type',
  msg: 'Input should be a valid dictionary or object to extract fields from',
};
const list = { type: 'list_type', msg: 'Input should be a valid list' };
const missing = { type: 'missing', msg: 'Field required' };
const datetimeType = { type: 'datetime_type', msg: 'Input should be a valid datetime' };
const datetime = {
  type: 'datetime_from_date_parsing',
  msg: 'Input should be a valid datetime or date',
};

/** Posts a text as JSON and returns the problems that the answer lists. */
async function problemsOf(payload: string) {
  const response = await app().inject({
    method: 'POST',
    url: '/chat/',
    headers: { 'content-type': 'application/json' },
    payload,
  });
  expect(response.statusCode).toBe(422);
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  const body = response.json();
  expect(Object.keys(body)).toEqual(['detail']);
  return body.detail;
}

const problemsOfFields = (fields: object) =>
  problemsOf(JSON.stringify({ user_id: 'alice', text: 'Hello', ...fields }));

// Each expectation is what FastAPI 0.165 with pydantic 2.14 answered to the same body, without
// its `ctx`, and without the parser's position in `loc` and words in `msg`.
describe('a body that does not validate is described as pydantic does', () => {
  it.each([
    ['[]', []],
    ['null', null],
    ['"x"', 'x'],
    ['5', 5],
    ['true', true],
  ])('%s instead of an object', async (payload, input) => {
    expect(await problemsOf(payload)).toEqual([{ ...object, loc: ['body'], input }]);
  });

  it('every missing field, with what there was instead', async () => {
    expect(await problemsOf('{"x":1}')).toEqual([
      { ...missing, loc: ['body', 'user_id'], input: { x: 1 } },
      { ...missing, loc: ['body', 'text'], input: { x: 1 } },
    ]);
  });

  it('every field of a wrong type, once', async () => {
    expect(await problemsOfFields({ user_id: 1, text: null, metadata: 5, tags: 'x' })).toEqual([
      { ...str, loc: ['body', 'user_id'], input: 1 },
      { ...str, loc: ['body', 'text'], input: null },
      { ...object, loc: ['body', 'metadata'], input: 5 },
      { ...list, loc: ['body', 'tags'], input: 'x' },
    ]);
  });

  it('fields within fields, with list indexes that are numbers', async () => {
    const fields = {
      metadata: { timestamp: 'foo', session_id: 4 },
      tags: [1, 'a', null],
    };
    expect(await problemsOfFields(fields)).toEqual([
      { ...datetime, loc: ['body', 'metadata', 'timestamp'], input: 'foo' },
      { ...str, loc: ['body', 'metadata', 'session_id'], input: 4 },
      { ...str, loc: ['body', 'tags', 0], input: 1 },
      { ...str, loc: ['body', 'tags', 2], input: null },
    ]);
  });

  it('a missing field beside a wrong one', async () => {
    const problems = await problemsOf('{"user_id":1}');
    expect(problems).toHaveLength(2);
    expect(problems).toEqual(
      expect.arrayContaining([
        { ...str, loc: ['body', 'user_id'], input: 1 },
        { ...missing, loc: ['body', 'text'], input: { user_id: 1 } },
      ]),
    );
  });

  it.each([[null], [true], [[]], [{}]])('a timestamp that is %j', async (input) => {
    expect(await problemsOfFields({ metadata: { timestamp: input } })).toEqual([
      { ...datetimeType, loc: ['body', 'metadata', 'timestamp'], input },
    ]);
  });

  it.each([[[]], [''], [false]])('metadata that is %j', async (input) => {
    expect(await problemsOfFields({ metadata: input })).toEqual([
      { ...object, loc: ['body', 'metadata'], input },
    ]);
  });

  it.each([[{}], [''], [0]])('tags that are %j', async (input) => {
    expect(await problemsOfFields({ tags: input })).toEqual([
      { ...list, loc: ['body', 'tags'], input },
    ]);
  });

  it.each([
    ['user_id', 5],
    ['user_id', true],
    ['user_id', ['alice']],
    ['text', 5],
    ['text', false],
    ['text', { a: 1 }],
  ])('nothing is coerced: %s is no string when it is %j', async (field, input) => {
    expect(await problemsOfFields({ [field]: input })).toEqual([
      { ...str, loc: ['body', field], input },
    ]);
  });

  it.each(['{', '', '{a}', "{'user_id':'a'}", '{"a":1,}', 'NaN', '{}x', '\u0000'])(
    'text that is no JSON: %j',
    async (payload) => {
      const [problem, ...others] = await problemsOf(payload);
      expect(others).toEqual([]);
      expect(problem).toEqual(
        payload === ''
          ? { ...missing, loc: ['body'], input: null }
          : { type: 'json_invalid', loc: ['body'], msg: 'JSON decode error', input: {} },
      );
    },
  );

  it('no body at all, of no type', async () => {
    const response = await app().inject({ method: 'POST', url: '/chat/' });
    expect(response.statusCode).toBe(422);
    expect(response.json()).toEqual({ detail: [{ ...missing, loc: ['body'], input: null }] });
  });
});

describe('the limits of a message', () => {
  it.each([
    ['text', 'too_long', 'String should have at most 16000 characters', 'x'.repeat(16_001)],
    ['user_id', 'too_short', 'String should have at least 1 character', ''],
    ['user_id', 'too_long', 'String should have at most 128 characters', 'x'.repeat(129)],
  ])('%s may not be %s: %s', async (field, problem, msg, input) => {
    const type = `string_${problem}`;
    expect(await problemsOfFields({ [field]: input })).toEqual([
      { type, loc: ['body', field], msg, input },
    ]);
  });

  it('a session id of 129 characters, a tag of 65, and 33 tags', async () => {
    const session_id = 's'.repeat(129);
    const tags = ['t'.repeat(65), ...Array.from({ length: 32 }, () => 't')];
    expect(await problemsOfFields({ metadata: { session_id }, tags })).toEqual([
      {
        type: 'string_too_long',
        loc: ['body', 'metadata', 'session_id'],
        msg: 'String should have at most 128 characters',
        input: session_id,
      },
      {
        type: 'too_long',
        loc: ['body', 'tags'],
        msg: 'List should have at most 32 items after validation, not 33',
        input: tags,
      },
      {
        type: 'string_too_long',
        loc: ['body', 'tags', 0],
        msg: 'String should have at most 64 characters',
        input: tags[0],
      },
    ]);
  });

  it('count characters, not UTF-16 units', async () => {
    const tags = ['\u{1f600}'.repeat(64)];
    const metadata = { session_id: '\u{1f600}'.repeat(128) };
    // Blank, so that a message that validates goes no further.
    const response = await postChat(app(), { text: ' '.repeat(16_000), tags, metadata });
    expect(response.statusCode).toBe(400);
  });

  it('describe every item of a list as long as may be', async () => {
    const tags = Array.from({ length: 32 }, () => 0);
    expect(await problemsOfFields({ user_id: 1, text: 1, tags })).toHaveLength(34);
  });

  it('do not let a long list make a longer answer', async () => {
    const problems = await problemsOfFields({ tags: Array.from({ length: 100_000 }, () => 0) });
    expect(problems).toHaveLength(64);
    expect(problems[0]).toMatchObject({ type: 'too_long', loc: ['body', 'tags'] });
  });
});

describe('a fault outside the body', () => {
  it('is located in the path', async () => {
    const response = await app().inject(`/users/${'x'.repeat(129)}?role=admin`);
    expect(response.statusCode).toBe(422);
    expect(response.json().detail).toEqual([
      {
        type: 'string_too_long',
        loc: ['path', 'user_id'],
        msg: 'String should have at most 128 characters',
        input: 'x'.repeat(129),
      },
    ]);
  });

  it.each(['/users/%ff', '/users/%zz', '/users/%', '/users/%ED%A0%80'])(
    '%s is no UTF-8',
    async (url) => {
      const response = await app().inject(url);
      expect(response.statusCode).toBe(422);
      expect(response.json().detail).toEqual([
        {
          type: 'string_unicode',
          loc: ['path'],
          msg: 'Input should be a valid string, unable to parse raw data as a unicode string',
          input: url,
        },
      ]);
    },
  );
});
