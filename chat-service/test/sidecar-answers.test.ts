import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { readMessageCount } from '../src/message-count.ts';
import { build, nowhere, postChat } from './build.ts';
import { completion } from './model.ts';
import { playUpstreams, sidecarAnswers } from './upstreams.ts';
import { sidecarAnswerExamples } from './wire-examples.ts';

playUpstreams();

const info = 30;
const warn = 40;

describe('an answer of the sidecar', () => {
  it('that is known covers every reason but those of no answer at all', () => {
    const reasons = sidecarAnswerExamples.map(({ outcome }) => outcome.reason);
    expect(new Set(reasons)).toEqual(
      new Set([
        undefined,
        'user-unknown',
        'app-not-found',
        'app-unreachable',
        'timeout',
        'circuit-open',
        'app-error',
        'denied',
        'bad-answer',
        'sidecar-unreachable',
      ]),
    );
  });

  it.each(sidecarAnswerExamples)('$situation: $outcome', ({ status, body, outcome }) => {
    expect(readMessageCount({ status, body })).toMatchObject({ count: 0, ...outcome });
  });

  it.each(sidecarAnswerExamples)('$situation: the chat goes on, and says so', async (example) => {
    const { count = 0, reason } = example.outcome;
    sidecarAnswers(example.status, example.body, example.contentType);
    nock(nowhere)
      .post('/v1/chat/completions', ({ messages }) =>
        messages[0].content.includes(`The user has sent ${count} messages so far`),
      )
      .reply(200, completion({ content: 'Hi!' }));
    const { app, logLines } = await build();
    const response = await postChat(app, {}, { 'x-request-id': 'a-request' });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ user_id: 'alice', reply: 'Hi!' });
    expect(response.headers['x-analytics']).toBe(reason ? `fallback; reason=${reason}` : 'ok');

    const fallbacks = logLines().filter((line) => 'reason' in line);
    expect(fallbacks).toEqual(
      reason
        ? [
            expect.objectContaining({
              level: reason === 'user-unknown' ? info : warn,
              reason,
              detail: expect.any(String),
              requestId: 'a-request',
              msg: 'the message count falls back to 0',
            }),
          ]
        : [],
    );
  });
});
