import nock from 'nock';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { nowhere } from './build.ts';
import { completion } from './model.ts';

/**
 * Lets nock play the sidecar and the model in this file. A test fails that makes a call which it
 * did not announce, or announces one that is not made.
 */
export function playUpstreams(): void {
  let unexpected: string[] = [];
  const note = ({ method, path }: { method?: string; path?: string }) =>
    unexpected.push(`${method} ${path}`);

  beforeAll(() => {
    nock.disableNetConnect();
    nock.emitter.on('no match', note);
  });
  afterEach(() => {
    const calls = { missing: nock.pendingMocks(), unexpected };
    nock.cleanAll();
    unexpected = [];
    expect(calls).toEqual({ missing: [], unexpected: [] });
  });
  afterAll(() => {
    nock.emitter.off('no match', note);
    nock.restore();
  });
}

/** Announces one question for alice's count, and its answer. */
export function sidecarAnswers(status: number, body: string, contentType = 'application/json') {
  return nock(nowhere)
    .get('/v1.0/invoke/analytics-service/method/analytics/alice')
    .reply(status, body, { 'content-type': contentType });
}

/** Announces one call of the model, and its reply. */
export function modelReplies(content = 'Hello, Alice!') {
  return nock(nowhere).post('/v1/chat/completions').reply(200, completion({ content }));
}
