import { describe, expect, it } from 'vitest';
import { build, share } from './build.ts';

const app = share();

describe('GET /', () => {
  it('welcomes', async () => {
    const response = await app().inject('/');
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe(
      '{"message":"Welcome to the DACA Analytics Service! Access /docs for the API documentation."}',
    );
  });
});

describe('GET /health', () => {
  it('is healthy, and leaves no line in the log', async () => {
    const { app, logText } = await build();
    const response = await app.inject('/health');
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe('{"status":"healthy"}');
    expect(logText()).toBe('');
  });
});

describe('GET /analytics/{user_id}', () => {
  it.each([
    ['alice', 5],
    ['bob', 3],
    ['%61lice', 5],
    ['alice?role=admin', 5],
  ])('%s has sent %d messages', async (user, message_count) => {
    const response = await app().inject(`/analytics/${user}`);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.json()).toEqual({ message_count });
  });

  it.each([
    'carol',
    'Alice',
    'alice%20',
    '%20alice',
    'alice;v=1',
    'alice+',
    '5',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
  ])('%s is unknown', async (user) => {
    const response = await app().inject(`/analytics/${user}`);
    expect(response.statusCode).toBe(404);
    expect(response.body).toBe('{"detail":"User not found"}');
  });
});

describe('an error that nobody expected', () => {
  it('is answered 500 without a word about it, and logged whole', async () => {
    const { app, logLines } = await build();
    app.get('/fails', () => {
      throw Object.assign(new Error('sentinel of an error'), { statusCode: 503 });
    });
    const response = await app.inject('/fails');
    expect(response.statusCode).toBe(500);
    expect(response.body).toBe('{"detail":"Internal Server Error"}');
    expect(logLines().filter(({ level }) => level >= 50)).toMatchObject([
      {
        level: 50,
        msg: 'the request failed',
        err: { message: 'sentinel of an error', stack: expect.stringContaining('routes.test.ts') },
      },
    ]);
  });
});
