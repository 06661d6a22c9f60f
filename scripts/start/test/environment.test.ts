import { describe, expect, it } from 'vitest';
import { daprRunEnvironment, needsStandIn } from '../environment.ts';

describe('needsStandIn', () => {
  it.each([
    [{}],
    [{ OPENAI_API_KEY: '' }],
    [{ OPENAI_API_KEY: ' ', OPENAI_BASE_URL: '', GEMINI_API_KEY: '' }],
    [{ OPENAI_MODEL: 'gpt-4o' }],
  ])('takes the stand-in for %j', (env) => {
    expect(needsStandIn(env)).toBe(true);
  });

  it.each([
    [{ OPENAI_API_KEY: 'k' }],
    [{ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' }],
    [{ GEMINI_API_KEY: 'k' }],
    [{ GEMINI_API_KEY: 'k', OPENAI_API_KEY: '' }],
  ])('leaves %j to the user', (env) => {
    expect(needsStandIn(env)).toBe(false);
  });
});

describe('daprRunEnvironment', () => {
  it('keeps the environment of the user and adds the runtime and the loopback address', () => {
    const env = {
      PATH: '/bin',
      DAPR_API_TOKEN: 't',
      GEMINI_API_KEY: 'k',
      DAPR_HOST_IP: '10.0.0.1',
    };
    expect(daprRunEnvironment(env, { runtimeRoot: '/dapr' })).toEqual({
      PATH: '/bin',
      DAPR_API_TOKEN: 't',
      GEMINI_API_KEY: 'k',
      DAPR_RUNTIME_PATH: '/dapr',
      DAPR_HOST_IP: '127.0.0.1',
    });
  });

  it('sends the services to the stand-in and drops model variables that are empty', () => {
    const env = { OPENAI_API_KEY: '', OPENAI_BASE_URL: ' ', GEMINI_API_KEY: '', EMPTY: '' };
    const standInUrl = 'http://127.0.0.1:1/v1';
    expect(daprRunEnvironment(env, { runtimeRoot: '/dapr', standInUrl })).toEqual({
      EMPTY: '',
      OPENAI_API_KEY: 'stand-in',
      OPENAI_BASE_URL: standInUrl,
      DAPR_RUNTIME_PATH: '/dapr',
      DAPR_HOST_IP: '127.0.0.1',
    });
  });
});
