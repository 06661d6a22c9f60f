import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { diagnoseManifests } from '../diagnose/diagnose-manifests.ts';
import type { Kubectl, KubernetesObject } from '../kubectl.ts';
import type { Pod } from '../pod-process.ts';
import { until } from '../process.ts';
import { breakManifests, brokenManifests } from '../test/broken-manifests.ts';
import {
  apply,
  canRun,
  clear,
  createSecrets,
  podDeadlineMs,
  render,
  testCluster,
} from './cluster.ts';
import { argumentsOf } from './sidecar-arguments.ts';

const selector = 'app.kubernetes.io/name=chat-service';

interface ReplicaSetEvent extends KubernetesObject {
  message: string;
}

/** What a look at the pods finds wrong; empty where all is well. */
async function inspect(kubectl: Kubectl): Promise<string[]> {
  const refused = ['events', '-n', 'chat', '--field-selector', 'reason=FailedCreate'];
  const found = await until(
    'chat-service has a pod, or an event says why not',
    async () => {
      const [event] = await kubectl.list<ReplicaSetEvent>(refused);
      if (event !== undefined) return [`no pod: ${event.message}`];
      const [pod] = await kubectl.list<Pod>(['pods', '-n', 'chat', '-l', selector]);
      return pod !== undefined && (await inspectPod(kubectl, pod));
    },
    { deadlineMs: podDeadlineMs },
  );
  return found;
}

async function inspectPod(kubectl: Kubectl, { spec }: Pod): Promise<string[]> {
  const daprd = spec.containers.find(({ name }) => name === 'daprd');
  if (daprd === undefined) return ['no sidecar'];
  const told = argumentsOf(daprd);
  const ports = spec.containers.flatMap(({ name, ports: declared = [] }) =>
    name === 'daprd' ? [] : declared.map(({ containerPort }) => String(containerPort)),
  );
  const faults: string[] = [];
  if (told['app-id'] !== 'chat-service') faults.push('app-id');
  if (!ports.includes(told['app-port'] ?? '')) faults.push('app-port');
  if (!(await exists(kubectl, 'configuration.dapr.io', told['config'] ?? '')))
    faults.push('config');
  const secrets = daprd.env?.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []) ?? [];
  for (const secret of secrets) {
    if (!(await exists(kubectl, 'secret', secret))) faults.push('secret');
  }
  return faults;
}

async function exists(kubectl: Kubectl, kind: string, name: string): Promise<boolean> {
  const names = (await kubectl.list([kind, '-n', 'chat'])).map(({ metadata }) => metadata.name);
  return names.includes(name);
}

describe.skipIf(!canRun)('a broken manifest', () => {
  let kubectl: Kubectl;
  let manifests: KubernetesObject[];

  beforeAll(async () => {
    ({ kubectl } = testCluster());
    manifests = await render(kubectl, 'local');
  });
  afterEach(async () => {
    await clear(kubectl, ['chat']);
    await kubectl(['delete', 'events', '--all', '-n', 'chat']);
  });

  it('nothing is found in one that is not broken', async () => {
    await createSecrets(kubectl, ['chat']);
    await apply(kubectl, manifests);
    expect(await inspect(kubectl)).toEqual([]);
    expect(diagnoseManifests(manifests)).toEqual([]);
  });

  const seenAs: Record<string, string> = {
    'a misspelt app-id': 'no pod: ',
    'a misspelt app-port': 'app-port',
    "an app-port that is not the container's": 'app-port',
    'a misspelt enabled': 'no sidecar',
    'the name of a Configuration that is not there': 'config',
    'the name of a Secret that is not there': 'secret',
  };
  it.each(brokenManifests)(
    '$fault is taken by the API server, and found in the pods and offline',
    async (broken) => {
      await createSecrets(kubectl, ['chat']);
      const changed = breakManifests(manifests, broken);
      await apply(kubectl, changed);
      expect(await inspect(kubectl)).toEqual([
        expect.stringContaining(seenAs[broken.fault] ?? '?'),
      ]);
      const messages = diagnoseManifests(changed).map(({ message }) => message);
      expect(messages).toContainEqual(expect.stringMatching(broken.message));
    },
  );
});
