import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';

const openai = 'https://api.openai.com/v1';
const gemini = 'https://generativelanguage.googleapis.com/v1beta/openai/';
const own = 'http://127.0.0.1:11434/v1';

const OPENAI_API_KEY = 'sk-openai';
const GEMINI_API_KEY = 'key-gemini';
const OPENAI_BASE_URL = own;

describe('the model, its key and its URL', () => {
  it.each([
    [{ OPENAI_API_KEY }, [openai, 'sk-openai', 'gpt-4o']],
    [{ OPENAI_BASE_URL }, [own, 'no-key', 'gpt-4o']],
    [{ OPENAI_API_KEY, OPENAI_BASE_URL }, [own, 'sk-openai', 'gpt-4o']],
    [{ GEMINI_API_KEY }, [gemini, 'key-gemini', 'gemini-2.0-flash']],
    [{ GEMINI_API_KEY, OPENAI_API_KEY }, [openai, 'sk-openai', 'gpt-4o']],
    [{ GEMINI_API_KEY, OPENAI_BASE_URL }, [own, 'no-key', 'gpt-4o']],
    [{ GEMINI_API_KEY, OPENAI_API_KEY, OPENAI_BASE_URL }, [own, 'sk-openai', 'gpt-4o']],
    [
      { GEMINI_API_KEY, OPENAI_API_KEY: '', OPENAI_BASE_URL: ' ' },
      [gemini, 'key-gemini', 'gemini-2.0-flash'],
    ],
  ])('for %j are %j', (env, [baseUrl, apiKey, name]) => {
    expect(readConfig(env).model).toMatchObject({ baseUrl, apiKey, name });
    const named = readConfig({ ...env, OPENAI_MODEL: 'llama3' }).model;
    expect(named).toMatchObject({ baseUrl, apiKey, name: 'llama3' });
  });

  it.each([
    'http://127.0.0.1:11434/v1',
    'https://gateway.example/a/b/',
    'http://[::1]:8080',
    'https://gateway.example',
  ])('may be at %s', (url) => {
    expect(readConfig({ OPENAI_BASE_URL: url }).model.baseUrl).toBe(url);
  });

  it.each([{}, { OPENAI_API_KEY: ' ' }, { OPENAI_MODEL: 'gpt-4o' }, { DAPR_API_TOKEN: 'x' }])(
    'are missing for %j, and the message says what to set',
    (env) => {
      expect(() => readConfig(env)).toThrow(
        expect.objectContaining({
          name: 'ConfigurationError',
          message:
            'The configuration is not usable:\n  OPENAI_API_KEY is not set: set it (or GEMINI_API_KEY), or set OPENAI_BASE_URL to an API that needs no key; `pnpm start` in the project needs neither',
        }),
      );
    },
  );

  it('are named together with whatever else is wrong', () => {
    expect(() => readConfig({ APP_PORT: '80x0', LOG_LEVEL: 'loud' })).toThrow(
      /APP_PORT must[\s\S]*LOG_LEVEL must[\s\S]*OPENAI_API_KEY is not set/,
    );
  });
});
