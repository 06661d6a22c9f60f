import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessageCount } from '../src/message-count.ts';

const failedInvocation = (message: string) => ({
  status: 500,
  body: JSON.stringify({
    errorCode: 'ERR_DIRECT_INVOKE',
    message: `failed to invoke, id: analytics-service, err: ${message}`,
  }),
});

describe('a count', () => {
  it.each([0, 1, 5, Number.MAX_SAFE_INTEGER])('is %d of a 200', (count) => {
    expect(readMessageCount({ status: 200, body: `{"message_count":${count}}` })).toEqual({
      count,
    });
  });

  it.each(['5.0', '5e0', '-0'])('may be written %s', (text) => {
    const { count, reason } = readMessageCount({ status: 200, body: `{"message_count":${text}}` });
    expect(reason).toBeUndefined();
    expect(`${count}`).toBe(`${Math.abs(Number(text))}`);
  });

  it.each([
    '{"message_count":"5"}',
    '{"message_count":-1}',
    '{"message_count":5.5}',
    '{"message_count":1e308}',
    '{"message_count":1e999}',
    '{"message_count":9007199254740992}',
    '{"message_count":null}',
    '{"message_count":true}',
    '{"message_count":[5]}',
    '{"message_count":{}}',
    '{"messageCount":5}',
    '{"message_count":NaN}',
    '{"message_count":5',
    '{"message_count":5}}',
    '{}',
    '[5]',
    '[]',
    '5',
    '"5"',
    'null',
    'true',
    '',
    ' ',
    '<!DOCTYPE html><title>5</title>',
    '{"__proto__":{"message_count":5}}',
  ])('is not in %s', (body) => {
    expect(readMessageCount({ status: 200, body })).toEqual({
      count: 0,
      reason: 'bad-answer',
      detail: 'message_count is no count',
    });
  });

  it.each([201, 202, 203, 204, 206, 301, 304, 400, 404, 500])(
    'is not taken from a %d, whatever its body',
    (status) => {
      const answer = readMessageCount({ status, body: '{"message_count":5}' });
      expect(answer).toMatchObject({ count: 0, reason: expect.any(String) });
    },
  );

  it('is a non-negative safe integer of a 200, and there is a reason for any other answer', () => {
    const status = fc.oneof(fc.constant(200), fc.integer({ min: 100, max: 599 }));
    const field = fc.oneof(fc.integer(), fc.double(), fc.maxSafeNat(), fc.jsonValue());
    const body = fc.oneof(
      field.map((message_count) => JSON.stringify({ message_count })),
      fc.json(),
      fc.string(),
      fc
        .record({ errorCode: fc.constant('ERR_DIRECT_INVOKE'), message: fc.jsonValue() })
        .map((json) => JSON.stringify(json)),
    );
    fc.assert(
      fc.property(status, body, (status, body) => {
        const { count, reason, detail } = readMessageCount({ status, body });
        if (reason === undefined) {
          expect(status).toBe(200);
          expect(JSON.parse(body).message_count).toBe(count);
          expect(Number.isSafeInteger(count)).toBe(true);
          expect(count).toBeGreaterThanOrEqual(0);
        } else {
          expect(count).toBe(0);
          expect(detail.length).toBeLessThan(400);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the user is unknown', () => {
  it.each([
    [404, '{"detail":"Not Found"}'],
    [404, '{"detail":["User not found"]}'],
    [404, 'User not found'],
    [410, '{"detail":"User not found"}'],
    [400, '{"detail":"User not found"}'],
  ])('only where analytics itself says so, and not after %d %s', (status, body) => {
    expect(readMessageCount({ status, body }).reason).toBe('bad-answer');
  });
});

describe('a failure that Dapr reports', () => {
  it.each([
    ['circuit-open', 'too many requests'],
    ['timeout', 'rpc error: code = DeadlineExceeded desc = context deadline exceeded'],
    ['timeout', 'rpc error: code = DeadlineExceeded desc = stream terminated'],
    ['denied', 'rpc error: code = Unauthenticated desc = bad certificate'],
    ['denied', 'rpc error: code = PermissionDenied desc = access control policy has denied'],
    ['app-not-found', 'timeout waiting for address for app id analytics-service'],
    ['app-not-found', "no healthy services found with AppID 'analytics-service'"],
    ['app-not-found', 'no host found with the given ID'],
    ['app-not-found', "failed to resolve address for 'analytics-service': x"],
    [
      'app-not-found',
      'rpc error: code = Unavailable desc = dial tcp: lookup analytics-service-dapr.other.svc.cluster.local: no such host',
    ],
    ['app-unreachable', 'rpc error: code = Unavailable desc = error reading from server: EOF'],
    ['app-unreachable', 'something that Dapr does not say yet'],
  ])('is %s: %s', (reason, message) => {
    expect(readMessageCount(failedInvocation(message)).reason).toBe(reason);
  });

  it.each(['5', 'null', '["circuit breaker is open"]', '{"toString":{}}'])(
    'is app-unreachable where its message is no text: %s',
    (message) => {
      const body = `{"errorCode":"ERR_DIRECT_INVOKE","message":${message}}`;
      expect(readMessageCount({ status: 500, body })).toEqual({
        count: 0,
        reason: 'app-unreachable',
        detail: 'status 500',
      });
    },
  );

  it('is not mistaken for another by a user id that reads like one', () => {
    const ids = [
      "couldn't find service",
      'circuit breaker is open',
      'too many requests',
      'context deadline exceeded',
      'invoke API is not ready',
      'code = PermissionDenied',
      'code = InvalidArgument',
      'no such host',
    ];
    for (const id of ids) {
      const url = `http://127.0.0.1:8001/analytics/${encodeURIComponent(id)}`;
      const message = `rpc error: code = Internal desc = error invoking app channel: Get "${url}": EOF`;
      expect(readMessageCount(failedInvocation(message)).reason).toBe('app-unreachable');
    }
  });

  it('is the app’s own where the code is not that of an invocation', () => {
    for (const body of [
      '',
      'null',
      '{}',
      '{"errorCode":"ERR_STATE_GET","message":"circuit breaker is open"}',
    ]) {
      expect(readMessageCount({ status: 500, body }).reason).toBe('app-error');
    }
  });
});

describe('the detail for the log', () => {
  it("is Dapr's message, cut to a length that a log can hold", () => {
    const { detail } = readMessageCount(failedInvocation('x'.repeat(5000)));
    expect(detail).toMatch(/^status 500: failed to invoke, id: analytics-service, err: x+$/);
    expect(detail).toHaveLength('status 500: '.length + 300);
  });

  it('quotes nothing that an app said', () => {
    for (const status of [400, 500]) {
      const body = '{"message":"sentinel","detail":"sentinel","errorCode":"sentinel"}';
      expect(readMessageCount({ status, body }).detail).toBe(`status ${status}`);
    }
  });
});
