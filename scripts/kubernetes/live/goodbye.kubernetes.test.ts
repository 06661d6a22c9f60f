import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kubectl } from '../kubectl.ts';
import { type Pod, type RunningPod, updateHosts } from '../pod-process.ts';
import type { StartedProcess } from '../process.ts';
import { chat, runPods, startModelIn } from './chat-pods.ts';
import { applyOverlay, canRun, clear, createSecrets, readyPods, testCluster } from './cluster.ts';
import { startTraceCollector } from './trace-collector.ts';

const analytics = 'app.kubernetes.io/name=analytics-service';
const everyMs = 50;

interface WithLifecycle {
  lifecycle?: { preStop: { sleep: { seconds: number } } };
}

describe.skipIf(!canRun)('a pod of analytics-service that goes', () => {
  let kubectl: Kubectl;
  let pods: Pod[];
  let running: Map<string, RunningPod>;
  let chatPod: RunningPod;
  let model: StartedProcess | undefined;
  let collector: Awaited<ReturnType<typeof startTraceCollector>> | undefined;

  beforeAll(async () => {
    const cluster = testCluster();
    ({ kubectl } = cluster);
    await createSecrets(kubectl, ['chat']);
    await applyOverlay(kubectl, 'local');
    await readyPods(kubectl, 'dapr.io/sidecar-injected=true', 2);
    await kubectl(['scale', '-n', 'chat', 'deployment/analytics-service', '--replicas=2']);
    pods = await readyPods(kubectl, 'dapr.io/sidecar-injected=true', 3);
    collector = await startTraceCollector(cluster.folder);
    running = await runPods(cluster, pods);
    const [found] = [...running].filter(([name]) => name.startsWith('chat-service'));
    if (found === undefined) throw new Error('chat-service does not run.');
    [, chatPod] = found;
    model = await startModelIn(chatPod, cluster.folder);
  });

  afterAll(async () => {
    model?.child.kill('SIGKILL');
    for (const pod of running?.values() ?? []) await pod.stop();
    await collector?.stop();
    await clear(kubectl, ['chat']);
  });

  it('takes no chat with it, nor the count of any', { timeout: 90_000 }, async () => {
    const answers: string[] = [];
    let ended = false;
    const load = (async () => {
      while (!ended) {
        const { status, analytics: outcome } = await chat(chatPod, 'alice');
        answers.push(`${status} ${outcome}`);
        await pause(everyMs);
      }
    })();

    await kubectl(['scale', '-n', 'chat', 'deployment/analytics-service', '--replicas=1']);
    const [stays] = await readyPods(kubectl, analytics, 1);
    const going = pods.find(
      ({ metadata, spec }) =>
        spec.serviceAccountName === 'analytics-service' && metadata.name !== stays?.metadata.name,
    );
    if (going === undefined) throw new Error('No pod of analytics-service is going.');
    await updateHosts(testCluster());
    await terminate(going);
    // After it, the load goes on against the one that stays.
    const before = answers.length;
    while (answers.length < before + 50) await pause(everyMs);
    ended = true;
    await load;
    expect(answers.filter((answer) => answer !== '200 ok')).toEqual([]);
  });

  /** As the kubelet does: each container gets SIGTERM, the app after its preStop pause. */
  async function terminate(pod: Pod): Promise<void> {
    const { app, daprd } = running.get(pod.metadata.name) ?? {};
    if (app === undefined || daprd === undefined) throw new Error('The pod does not run.');
    const container = pod.spec.containers[0] as WithLifecycle | undefined;
    const seconds = container?.lifecycle?.preStop.sleep.seconds ?? 0;
    const exits = [once(app.child, 'exit'), once(daprd.child, 'exit')];
    daprd.child.kill('SIGTERM');
    await pause(seconds * 1000);
    app.child.kill('SIGTERM');
    const codes = await Promise.all(exits);
    const said = (await readFile(daprd.log, 'utf8')).split('\n').slice(-20).join('\n');
    expect(codes, said).toEqual([
      [0, null],
      [0, null],
    ]);
  }
});
