import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningPod } from '../pod-process.ts';
import { run, type StartedProcess, until } from '../process.ts';
import { chat, runPods, startModelIn } from './chat-pods.ts';
import { applyOverlay, canRun, clear, createSecrets, readyPods, testCluster } from './cluster.ts';
import { startTraceCollector } from './trace-collector.ts';

const cases = [
  { overlay: 'local', namespaces: ['chat'], target: 'analytics-service' },
  {
    overlay: 'two-namespaces',
    namespaces: ['chat', 'analytics'],
    target: 'analytics-service.analytics',
  },
];

describe.skipIf(!canRun).each(cases)(
  "a chat through the injected pods of '$overlay', as real processes",
  ({ overlay, namespaces, target }) => {
    let running = new Map<string, RunningPod>();
    let model: StartedProcess | undefined;
    let collector: Awaited<ReturnType<typeof startTraceCollector>> | undefined;

    beforeAll(async () => {
      const cluster = testCluster();
      const { kubectl } = cluster;
      await createSecrets(kubectl, namespaces);
      await applyOverlay(kubectl, overlay);
      collector = await startTraceCollector(cluster.folder);
      running = await runPods(
        cluster,
        await readyPods(kubectl, 'dapr.io/sidecar-injected=true', 2),
      );
      model = await startModelIn(pod('chat-service'), cluster.folder);
    });

    afterAll(async () => {
      model?.child.kill('SIGKILL');
      for (const started of running.values()) await started.stop();
      await collector?.stop();
      await clear(testCluster().kubectl, namespaces);
    });

    function pod(service: string): RunningPod {
      const [found] = [...running].filter(([name]) => name.startsWith(service));
      if (found === undefined) throw new Error(`${service} does not run.`);
      return found[1];
    }

    it.each([
      ['alice', 'ok', 5],
      ['bob', 'ok', 3],
      ['carol', 'fallback; reason=user-unknown', 0],
    ])('%s: x-analytics is "%s", the count %i', async (user, analytics, count) => {
      const answer = await chat(pod('chat-service'), user);
      expect(answer).toMatchObject({ status: 200, analytics });
      expect(answer.reply).toContain(`${count} messages`);
    });

    // The only overlay of these that sends traces.
    if (overlay === 'local') {
      it('both sidecars send their spans of one trace', async () => {
        await chat(pod('chat-service'), 'alice');
        const services = await until(
          'a trace has spans of both sidecars',
          async () => {
            const traces = Map.groupBy(collector?.spans ?? [], ({ traceId }) => traceId);
            const found = [...traces.values()].map(
              (spans) => new Set(spans.map(({ localEndpoint }) => localEndpoint?.serviceName)),
            );
            return found.find(({ size }) => size > 1);
          },
          { deadlineMs: 15_000 },
        );
        expect(services).toEqual(new Set(['chat-service', 'analytics-service']));
      });
    }

    it('the operator has given the access policy to the sidecar of analytics-service', async () => {
      const denied = await invoke(target, 'GET', 'health');
      expect(denied).toBe('403');
      expect(await invoke(target, 'POST', 'analytics/alice')).toBe('403');
      expect(await invoke(target, 'GET', 'analytics/alice')).toBe('200');
    });

    it('the sidecar answers nobody without its token', async () => {
      expect(await invoke(target, 'GET', 'analytics/alice', 'wrong')).toBe('401');
    });

    it('analytics-service answers nobody who comes past its sidecar', async () => {
      const url = `http://${pod('analytics-service').address}:8001/analytics/alice`;
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
      await response.body?.cancel();
      expect(response.status).toBe(401);
    });

    it("the sidecar's API is out of reach from outside of the pod", async () => {
      const url = `http://${pod('chat-service').address}:3500/v1.0/healthz/outbound`;
      await expect(fetch(url, { signal: AbortSignal.timeout(2000) })).rejects.toThrow(
        'fetch failed',
      );
    });

    /** The status that chat-service's own sidecar answers a call with. */
    async function invoke(
      app: string,
      method: string,
      path: string,
      token = 'api-token-of-the-test',
    ) {
      const url = `http://127.0.0.1:3500/v1.0/invoke/${app}/method/${path}`;
      const curl = [
        'curl',
        '-s',
        '-m',
        '10',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '-X',
        method,
      ];
      const args = ['netns', 'exec', pod('chat-service').network, ...curl];
      return await run('ip', [...args, '-H', `dapr-api-token: ${token}`, url]);
    }
  },
);
