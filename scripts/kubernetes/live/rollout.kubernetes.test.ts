import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kubectl } from '../kubectl.ts';
import { applyOverlay, canRun, clear, createSecrets, readyPods, testCluster } from './cluster.ts';

const selector = 'app.kubernetes.io/name=chat-service';
const deployment = ['-n', 'chat', 'deployment/chat-service'];

describe.skipIf(!canRun)('a Deployment over time', () => {
  let kubectl: Kubectl;

  beforeAll(async () => {
    ({ kubectl } = testCluster());
    await createSecrets(kubectl, ['chat']);
    await applyOverlay(kubectl, 'local');
    await readyPods(kubectl, selector, 1);
  });
  afterAll(() => clear(kubectl, ['chat']));

  it('a new image replaces every pod, each with a sidecar again', async () => {
    await kubectl(['set', 'image', ...deployment, 'chat-service=chat-service:next']);
    await kubectl(['rollout', 'status', ...deployment, '--timeout=25s']);
    const [pod, ...others] = await readyPods(kubectl, selector, 1);
    expect(others).toEqual([]);
    const images = pod?.spec.containers.map(({ image }) => image);
    expect(images).toEqual(['chat-service:next', 'ghcr.io/dapr/daprd:1.18.0']);
  });

  it('ten pods spread evenly over the nodes, and behind one app id', async () => {
    await kubectl(['scale', ...deployment, '--replicas=10']);
    const pods = await readyPods(kubectl, selector, 10);
    const counts = new Map<string, number>();
    for (const { spec } of pods) {
      counts.set(spec.nodeName ?? '', (counts.get(spec.nodeName ?? '') ?? 0) + 1);
    }
    expect([...counts.values()].sort()).toEqual([3, 3, 4]);
    expect(new Set(pods.map(({ metadata }) => metadata.annotations?.['dapr.io/app-id']))).toEqual(
      new Set(['chat-service']),
    );
  });

  it('back to one', async () => {
    await kubectl(['scale', ...deployment, '--replicas=1']);
    expect(await readyPods(kubectl, selector, 1)).toHaveLength(1);
  });
});
