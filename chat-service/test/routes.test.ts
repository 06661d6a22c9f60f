import { describe, expect, it } from 'vitest';
import { build } from './build.ts';

describe('GET /', () => {
  it('welcomes', async () => {
    const { app } = await build();
    const response = await app.inject('/');
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe(
      '{"message":"Welcome to the DACA Chat Service! Access /docs for the API documentation."}',
    );
  });
});

describe('GET /health', () => {
  it('is healthy without a sidecar and without a model', async () => {
    const { app } = await build();
    const response = await app.inject('/health');
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe('{"status":"healthy"}');
  });

  it('leaves no line in the log, asked every few seconds as it is', async () => {
    const { app, logText } = await build();
    await app.inject('/health');
    expect(logText()).toBe('');
  });
});

describe('GET /users/{user_id}', () => {
  it.each([
    ['/users/alice?role=admin', 'admin'],
    ['/users/alice', 'guest'],
    ['/users/alice?role=', 'guest'],
    ['/users/alice?role', 'guest'],
    ['/users/alice?other=admin', 'guest'],
    ['/users/alice?role=x&role=y', 'y'],
    ['/users/alice?role=a+b%26c', 'a b&c'],
    ['/users/alice?role=5', '5'],
    ['/users/alice?__proto__=x', 'guest'],
  ])('%s has the role %s', async (url, role) => {
    const { app } = await build();
    const response = await app.inject(url);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ user_id: 'alice', role });
  });
});
