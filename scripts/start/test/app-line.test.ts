import { describe, expect, it } from 'vitest';
import { readableLines } from '../app-line.ts';

const time = new Date(2026, 10, 21, 9, 5, 3, 7).getTime();
const line = (fields: object) =>
  readableLines(JSON.stringify({ level: 30, time, pid: 1, hostname: 'here', ...fields }));

describe('a line of a JSON log', () => {
  it('is the time, the level, the message and the fields', () => {
    const [readable, ...more] = line({
      level: 40,
      reason: 'timeout',
      detail: 'no answer',
      msg: 'Hm',
    });
    expect(readable).toBe('09:05:03.007 WARN  Hm reason=timeout detail="no answer"');
    expect(more).toEqual([]);
  });

  it('about a request says what it was and how it ended', () => {
    const request = { method: 'GET', url: '/users/bob', status: 200, durationMs: 0.4 };
    expect(line({ requestId: 'r-1', traceId: 't-1', ...request, msg: 'request' })).toEqual([
      '09:05:03.007 INFO  GET /users/bob 200 0.4 ms requestId=r-1 traceId=t-1',
    ]);
  });

  it('with an error has its stack on lines of its own', () => {
    const err = { type: 'Error', message: 'Oh', stack: 'Error: Oh\n    at here' };
    expect(line({ level: 50, err, msg: 'the request failed' })).toEqual([
      '09:05:03.007 ERROR the request failed',
      '    Error: Oh',
      '    at here',
    ]);
  });

  it('does not steer the terminal, whatever is in it', () => {
    const steering = '\u001b[2J\u009b\r\u202e';
    const all = line({
      level: 35,
      url: steering,
      msg: steering,
      nested: { steering },
      err: { stack: steering },
    });
    expect(all.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(all[0]).toContain(' 35    \\u001b[2J');
  });
});

describe('any other line', () => {
  it.each(['Listening', '', '{', '{"level":"info","msg":"x"}', '{"level":30,"msg":"x"}', '[1]'])(
    '%j is shown as it is',
    (text) => {
      expect(readableLines(text)).toEqual([text]);
    },
  );
});
