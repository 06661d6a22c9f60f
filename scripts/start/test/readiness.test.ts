import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { App } from '../multi-app-file.ts';
import {
  type Check,
  healthChecks,
  invocationChecks,
  NotReady,
  waitUntilReady,
} from '../readiness.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Answers with the statuses in turn, and with the last one from then on; 0 never answers. */
async function serve(...statuses: number[]): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const status = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 0;
    if (status > 0) response.writeHead(status, { location: '/' }).end('why');
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port to be had.');
  return { url: `http://127.0.0.1:${address.port}/`, requests };
}

function check(name: string, url: string): Check {
  return { appId: name, kind: 'app', name, url, passes: (status) => status === 200 };
}

const patient = { deadlineMs: 5_000, signal: new AbortController().signal };

function refusal(stages: Check[][], deadlineMs = 500): Promise<NotReady> {
  return waitUntilReady(stages, { ...patient, deadlineMs }).then(
    () => {
      throw new Error('All checks have passed.');
    },
    (error: unknown) => {
      if (error instanceof NotReady) return error;
      throw error;
    },
  );
}

describe('waitUntilReady', () => {
  it('waits until every check passes', async () => {
    const slow = await serve(500, 503, 200);
    const fast = await serve(200);
    await waitUntilReady([[check('slow', slow.url), check('fast', fast.url)]], patient);
    expect(slow.requests).toHaveLength(3);
    expect(fast.requests).toHaveLength(1);
  });

  it('starts a stage when the one before has passed', async () => {
    const order: string[] = [];
    const first = await serve(500, 500, 200);
    const second = await serve(200);
    const note = (name: string, { passes, ...rest }: Check): Check => ({
      ...rest,
      passes: (status) => {
        order.push(`${name} ${status}`);
        return passes(status);
      },
    });
    await waitUntilReady(
      [[note('first', check('a', first.url))], [note('second', check('b', second.url))]],
      patient,
    );
    expect(order).toEqual(['first 500', 'first 500', 'first 200', 'second 200']);
  });

  it('sends the API token when there is one', async () => {
    const { url, requests } = await serve(200);
    await waitUntilReady([[check('a', url)]], { ...patient, token: 'secret' });
    await waitUntilReady([[check('a', url)]], patient);
    expect(requests.map(({ headers }) => headers['dapr-api-token'])).toEqual(['secret', undefined]);
  });

  it('names what is not ready in time and why', async () => {
    const ready = await serve(200);
    const failing = await serve(500);
    const silent = await serve(0);
    const error = await refusal([
      [check('good', ready.url), check('bad', failing.url), check('mute', silent.url)],
    ]);
    expect(error.message).toBe(
      `Not ready within 0.5 s:\n  bad: ${failing.url} answers 500 why\n  mute: ${silent.url} does not answer`,
    );
    expect(error.failures.map(({ appId }) => appId)).toEqual(['bad', 'mute']);
  });

  it('says so when nothing listens', async () => {
    const { url } = await serve(200);
    servers.pop()?.close();
    expect((await refusal([[check('a', url)]])).message).toContain(`a: ${url} refuses connections`);
  });

  it('follows no redirect', async () => {
    const { url } = await serve(302, 302, 302, 302, 302, 302, 302, 302, 200);
    expect((await refusal([[check('a', url)]])).message).toContain('answers 302');
  });

  it('gives up at once when it is aborted', async () => {
    const { url } = await serve(0);
    const abort = new AbortController();
    const reason = new Error('stop');
    const waiting = waitUntilReady([[check('a', url)]], { ...patient, signal: abort.signal });
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('the checks', () => {
  const ports = {
    appPort: 1,
    daprHTTPPort: 2,
    daprGRPCPort: 3,
    daprInternalGRPCPort: 4,
    metricsPort: 5,
  };
  const app = (id: string): App => ({
    id,
    directory: '/',
    command: ['node'],
    ports,
    healthPath: '/health',
    placementHostAddress: '',
  });
  const passing = ({ passes }: Check) => [200, 204, 404, 500].filter(passes);

  it('look at each app and at the outbound health of its sidecar', () => {
    const checks = healthChecks([app('a')]);
    expect(checks.map(({ name, url }) => [name, url])).toEqual([
      ['a', 'http://127.0.0.1:1/health'],
      ["a's sidecar", 'http://127.0.0.1:2/v1.0/healthz/outbound'],
    ]);
    expect(checks.map(passing)).toEqual([[200, 204, 404], [204]]);
  });

  it("call the callee through the caller's sidecar", () => {
    const invocation = { caller: 'a', callee: 'b', method: 'm/n' };
    const checks = invocationChecks([app('a'), app('b')], invocation);
    expect(checks.map(({ url }) => url)).toEqual(['http://127.0.0.1:2/v1.0/invoke/b/method/m/n']);
    expect(checks.map(passing)).toEqual([[200]]);
  });

  it.each([['a'], ['b'], ['c']])('need both ends of the call, so none with %s alone', (id) => {
    expect(invocationChecks([app(id)], { caller: 'a', callee: 'b', method: 'm' })).toEqual([]);
  });
});
