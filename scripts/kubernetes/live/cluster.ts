import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { createKubectl, type Kubectl, type KubernetesObject } from '../kubectl.ts';
import type { Pod } from '../pod-process.ts';
import { until } from '../process.ts';
import { testSettings } from './settings.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: { folder: string; kubeconfig: string };
  }
}

export const overlays = fileURLToPath(
  new URL('../../../dapr/kubernetes/overlays', import.meta.url),
);
export const canRun = testSettings() !== undefined;
/** Milliseconds for pods to become ready or to go. */
export const podDeadlineMs = 30_000;

/** The cluster that the global setup has started. */
export function testCluster(): {
  kubectl: Kubectl;
  folder: string;
  settings: NonNullable<ReturnType<typeof testSettings>>;
} {
  const settings = testSettings();
  if (settings === undefined) throw new Error('Use pnpm test:kubernetes.');
  const { folder, kubeconfig } = inject('cluster');
  return { kubectl: createKubectl(settings.bin, kubeconfig), folder, settings };
}

/** Creates the Secrets that the manifests refer to, in each namespace. */
export async function createSecrets(
  kubectl: Kubectl,
  namespaces: readonly string[],
): Promise<void> {
  for (const namespace of namespaces) {
    const secrets = {
      'dapr-api-token': { token: 'api-token-of-the-test' },
      'app-api-token': { token: 'app-token-of-the-test' },
      model: { OPENAI_BASE_URL: 'http://127.0.0.1:4010/v1' },
    };
    const items = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      ...Object.entries(secrets).map(([name, stringData]) => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace },
        stringData,
      })),
    ];
    await apply(kubectl, items);
  }
}

/** Server-side, with unknown fields refused. */
export async function apply(kubectl: Kubectl, items: readonly object[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], list);
}

export async function applyOverlay(kubectl: Kubectl, overlay: string): Promise<void> {
  await kubectl(['apply', '--server-side', '--validate=strict', '-k', join(overlays, overlay)]);
}

/** Waits until `count` pods of each app (of any number, if unset) are there and ready, no others. */
export async function readyPods(
  kubectl: Kubectl,
  selector: string,
  count?: number,
): Promise<Pod[]> {
  return await until(
    `${count ?? 'all'} pods of ${selector} are ready`,
    async () => {
      const pods = await kubectl.list<Pod>(['pods', '-A', '-l', selector]);
      const ready = pods.filter(({ status, spec }) => {
        const readyContainers = (status.containerStatuses ?? []).filter(
          (container) => container.ready,
        );
        return status.podIP !== undefined && readyContainers.length === spec.containers.length;
      });
      return (
        pods.length > 0 &&
        ready.length === pods.length &&
        (count === undefined || pods.length === count) &&
        pods
      );
    },
    { deadlineMs: podDeadlineMs },
  );
}

/** Deletes what the overlays create, but not the namespaces: that takes the API server seconds. */
export async function clear(kubectl: Kubectl, namespaces: readonly string[]): Promise<void> {
  const kinds = [
    ...['deployment', 'service', 'hpa', 'pdb', 'networkpolicy'],
    ...['configuration.dapr.io', 'resiliency.dapr.io'],
  ];
  for (const namespace of namespaces) {
    await kubectl(['delete', kinds.join(','), '--all', '-n', namespace, '--timeout=25s']);
  }
  await until('no pod is left', async () => (await podsIn(kubectl, namespaces)) === 0, {
    deadlineMs: podDeadlineMs,
  });
}

async function podsIn(kubectl: Kubectl, namespaces: readonly string[]): Promise<number> {
  const pods = await kubectl.list<Pod>(['pods', '-A']);
  return pods.filter(({ metadata }) => namespaces.includes(metadata.namespace ?? '')).length;
}

/** The rendered objects of an overlay. */
export async function render(kubectl: Kubectl, overlay: string): Promise<KubernetesObject[]> {
  const args = ['create', '--dry-run=client', '--validate=false', '-o', 'json', '-k'];
  const text = await kubectl([...args, join(overlays, overlay)]);
  // One JSON document after the other.
  return JSON.parse(`[${text.trim().replace(/\}\n\{/g, '},{')}]`).flatMap(
    (found: KubernetesObject & { items?: KubernetesObject[] }) => found.items ?? [found],
  );
}
