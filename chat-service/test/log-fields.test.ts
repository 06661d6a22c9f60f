import { describe, expect, it } from 'vitest';
import { build } from './build.ts';

/** Bytes: longer lines stop Dapr's CLI from reading what an app prints. */
const maxLine = 64 * 1024;

const traceId = '0af7651916cd43dd8448eb211c80319c';

describe('each log line of a request', () => {
  it('has the id of the trace that the client belongs to', async () => {
    const { app, logLines } = await build();
    app.get('/fails', () => {
      throw new Error('an error');
    });
    await app.inject({
      url: '/fails',
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    expect(logLines()).toMatchObject([
      { msg: 'the request failed', traceId, requestId: expect.any(String) },
      { msg: 'request', traceId, requestId: expect.any(String) },
    ]);
  });

  it('has it also where the reply logs', async () => {
    const { app, logLines } = await build();
    app.get('/says', (_request, reply) => {
      reply.log.warn('said');
      return reply.send();
    });
    await app.inject({
      url: '/says',
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    expect(logLines()[0]).toMatchObject({ msg: 'said', traceId, requestId: expect.any(String) });
  });

  it.each([
    undefined,
    '00-00000000000000000000000000000000-0000000000000000-00',
    `00-${traceId}-0000000000000000-01`,
    `ff-${traceId}-b7ad6b7169203331-01`,
    'x'.repeat(100),
  ])('has none where the traceparent is %j', async (traceparent) => {
    const { app, logLines } = await build();
    await app.inject({ url: '/users/alice', headers: traceparent ? { traceparent } : {} });
    expect(logLines()).toHaveLength(1);
    expect(logLines()[0]).not.toHaveProperty('traceId');
  });
});

describe('a log line stays below what Dapr reads, and says what it leaves out,', () => {
  it.each(['/nosuch', '/users/alice?a='])(
    'for a path as long as a head may be: %s',
    async (start) => {
      const { app, logText, logLines } = await build();
      const url = start + 'x'.repeat(14_000);
      await app.inject(url);
      expect(Buffer.byteLength(logText())).toBeLessThan(2000);
      const [line] = logLines();
      expect(line?.['url']).toBe(`${url.slice(0, 1500)}… (${url.length} characters)`);
    },
  );

  it('for an error of a megabyte, whose causes are as large', async () => {
    const { app, logText, logLines } = await build();
    app.get('/fails', () => {
      const large = '\u0000'.repeat(1_000_000);
      let error = new Error('the first cause');
      for (let n = 0; n < 9; n += 1) error = new Error(large, { cause: error });
      throw Object.assign(error, { code: large });
    });
    await app.inject('/fails');
    for (const line of logText().split('\n')) expect(Buffer.byteLength(line)).toBeLessThan(maxLine);
    expect(logLines()).toMatchObject([
      { err: { type: 'Error', message: expect.stringContaining('1000000 characters') } },
      { msg: 'request' },
    ]);
  });

  it('with the causes of an error and its code', async () => {
    const { app, logLines } = await build();
    app.get('/fails', () => {
      const cause = Object.assign(new Error('the cause'), { cause: 'no error' });
      throw Object.assign(new TypeError('the error', { cause }), { code: 'E_CODE' });
    });
    await app.inject('/fails');
    expect(logLines()[0]).toMatchObject({ err: { type: 'TypeError', code: 'E_CODE' } });
    const [{ err } = {}] = logLines() as { err?: { stack: string } }[];
    expect(err?.stack).toMatch(
      /^TypeError: the error\n +at .*\ncaused by: Error: the cause\n +at /s,
    );
  });
});
