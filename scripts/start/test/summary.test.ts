import { describe, expect, it } from 'vitest';
import { readMultiAppFile } from '../multi-app-file.ts';
import { DEFAULT_FILE } from '../options.ts';
import { readySummary } from '../summary.ts';

describe('readySummary', () => {
  const file = readMultiAppFile(DEFAULT_FILE);
  const options = { seconds: 2.345, stopCommand: 'kill 1' };

  it('shows the pages, a call to copy, the logs and how to stop', () => {
    expect(readySummary(file, options)).toBe(`
Ready after 2.3 s.

  analytics-service  http://localhost:8001/docs
  chat-service       http://localhost:8000/docs

Try it:
  curl -s http://localhost:8000/chat/ -H 'content-type: application/json' -d '{"user_id":"alice","text":"Hello"}'

Logs: analytics-service/.dapr/logs, chat-service/.dapr/logs
Stop: Ctrl-C here, or elsewhere: kill 1
`);
  });

  it('shows no call where the file has no chat-service', () => {
    const apps = file.apps.filter(({ id }) => id !== 'chat-service');
    expect(readySummary({ ...file, apps }, options)).not.toContain('curl');
  });
});
