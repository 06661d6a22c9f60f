import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kubectl, KubernetesObject } from '../kubectl.ts';
import type { Container, Pod } from '../pod-process.ts';
import {
  apply,
  applyOverlay,
  canRun,
  clear,
  createSecrets,
  readyPods,
  render,
  testCluster,
} from './cluster.ts';
import { argumentsOf, matches } from './sidecar-arguments.ts';

interface Selecting extends KubernetesObject {
  spec: {
    selector?: { matchLabels: Record<string, string> };
    podSelector?: { matchLabels: Record<string, string> };
    scaleTargetRef?: { kind: string; name: string };
    ingress?: { from?: Peer[]; ports: { port: number }[] }[];
    egress?: { to?: Peer[]; ports: { port: number }[] }[];
  };
}

interface Peer {
  namespaceSelector?: { matchLabels: Record<string, string> };
  podSelector?: { matchLabels: Record<string, string> };
}

const ports: Record<string, number> = { 'analytics-service': 8001, 'chat-service': 8000 };
const injected = 'dapr.io/sidecar-injected=true';
const cases = [
  { overlay: 'local', namespaces: ['chat'], replicas: 2 },
  { overlay: 'production', namespaces: ['chat'], replicas: 4 },
  { overlay: 'two-namespaces', namespaces: ['chat', 'analytics'], replicas: 4 },
];

describe.skipIf(!canRun).each(cases)("overlay '$overlay'", ({ overlay, namespaces, replicas }) => {
  let kubectl: Kubectl;
  let pods: Pod[];

  beforeAll(async () => {
    ({ kubectl } = testCluster());
    await createSecrets(kubectl, namespaces);
    await applyOverlay(kubectl, overlay);
    // The autoscaler lifts each Deployment to its minimum.
    pods = await readyPods(kubectl, injected, replicas);
  });
  afterAll(() => clear(kubectl, namespaces));

  it('every pod is 2/2: the app and daprd', () => {
    for (const { spec, status } of pods) {
      const names = spec.containers.map(({ name }) => name);
      expect(names).toEqual([expect.stringMatching(/^(analytics|chat)-service$/), 'daprd']);
      expect(status.containerStatuses?.map(({ ready }) => ready)).toEqual([true, true]);
    }
  });

  it('daprd is told who it is, where the app is, its configuration and its control plane', () => {
    for (const pod of pods) {
      const [app, daprd] = containersOf(pod);
      const told = argumentsOf(daprd);
      expect(told).toMatchObject({
        'app-id': app.name,
        'app-port': String(ports[app.name]),
        config: app.name,
        'enable-mtls': '',
        'sentry-address': 'dapr-sentry.dapr-system.svc.cluster.local:443',
        'control-plane-address': 'dapr-api.dapr-system.svc.cluster.local:443',
        'dapr-listen-addresses': '127.0.0.1',
        'enable-api-logging': 'true',
        'enable-app-health-check': '',
        'app-health-check-path': '/health',
        'dapr-block-shutdown-duration': expect.stringMatching(/^\d+s$/),
        'scheduler-host-address': '',
      });
      expect(told).not.toHaveProperty('placement-host-address');
      expect(app.ports?.map(({ containerPort }) => containerPort)).toEqual([ports[app.name]]);
    }
  });

  it('daprd gets its tokens from the Secrets that the app gets them from', () => {
    for (const pod of pods) {
      const [app, daprd] = containersOf(pod);
      const own = app.name === 'chat-service' ? 'DAPR_API_TOKEN' : 'APP_API_TOKEN';
      expect(secretOf(daprd, 'DAPR_API_TOKEN')).toBe('dapr-api-token');
      expect(secretOf(daprd, own)).toBe(secretOf(app, own));
      expect(secretOf(app, own)).toBeDefined();
    }
  });

  it('daprd has requests and limits, and a certificate request of its own for sentry', () => {
    for (const pod of pods) {
      const [, daprd] = containersOf(pod);
      expect(daprd.resources).toEqual({
        requests: { cpu: '150m', memory: '128Mi' },
        limits: { cpu: '1', memory: '256Mi' },
      });
      expect(daprd.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
        '/var/run/secrets/dapr.io/sentrytoken',
      ]);
    }
  });

  it("the graceful shutdown of app and sidecar fits into the pod's grace period", async () => {
    for (const pod of pods as (Pod & { spec: { terminationGracePeriodSeconds: number } })[]) {
      const [, daprd] = containersOf(pod);
      const told = argumentsOf(daprd);
      const block = Number.parseInt(told['dapr-block-shutdown-duration'] ?? '', 10);
      const graceful = Number(told['dapr-graceful-shutdown-seconds']);
      expect(block + graceful).toBeLessThan(pod.spec.terminationGracePeriodSeconds);
    }
  });

  it('Pod Security `restricted` lets the pods in as they are, and no pod that asks for more', async () => {
    for (const name of namespaces) {
      const [namespace] = await kubectl.list(['namespace', name]);
      const label = 'pod-security.kubernetes.io/enforce';
      expect(namespace?.metadata.labels).toMatchObject({ [label]: 'restricted' });
      const asksForMore = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'asks-for-more', namespace: name },
        spec: {
          containers: [{ name: 'app', image: 'app' }],
        },
      };
      await expect(apply(kubectl, [asksForMore])).rejects.toThrow(
        'violates PodSecurity "restricted',
      );
    }
  });

  it('autoscalers and disruption budgets mean the Deployments of their names, and all of their pods', async () => {
    const deployments = (await kubectl.list(['deployments', '-A'])).map(nameOf);
    const autoscalers = await kubectl.list<Selecting>(['hpa', '-A']);
    expect(autoscalers).toHaveLength(2);
    for (const { spec, metadata } of autoscalers) {
      expect(spec.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: metadata.name });
      expect(deployments).toContain(`${metadata.namespace}/${spec.scaleTargetRef?.name}`);
    }
    const budgets = await kubectl.list<Selecting>(['pdb', '-n', 'chat']);
    expect(budgets.length).toBeGreaterThan(0);
    for (const { metadata, spec } of budgets) {
      expect(selected(metadata.namespace, spec.selector?.matchLabels)).toEqual([metadata.name]);
    }
  });

  it("network policies: chat-service's pods reach the internal port of analytics-service's, nobody anything else", async () => {
    const policies = await kubectl.list<Selecting>(['networkpolicy', '-A']);
    const of = (name: string) => policies.find(({ metadata }) => metadata.name === name);
    for (const name of Object.keys(ports)) {
      const policy = of(name);
      expect(selected(policy?.metadata.namespace, policy?.spec.podSelector?.matchLabels)).toEqual([
        name,
      ]);
    }
    const ingress = of('analytics-service')?.spec.ingress ?? [];
    expect(ingress.map((rule) => rule.ports.map(({ port }) => port))).toEqual([[50002]]);
    expect(ingress.flatMap(({ from }) => from?.flatMap(peers) ?? [])).toEqual(['chat-service']);
    const egress = (of('chat-service')?.spec.egress ?? []).filter(({ to }) =>
      to?.some((peer) => peers(peer).includes('analytics-service')),
    );
    expect(egress.map((rule) => rule.ports.map(({ port }) => port))).toEqual([[50002]]);
  });

  it('the API server keeps every field of the access policy and of the resiliency policy', async () => {
    for (const wanted of await render(kubectl, overlay)) {
      if (!wanted.apiVersion.startsWith('dapr.io/')) continue;
      const { name, namespace = '' } = wanted.metadata;
      const kind = `${wanted.kind.toLowerCase()}.dapr.io`;
      const [stored] = await kubectl.list(['-n', namespace, kind, name]);
      expect(stored).toMatchObject({ spec: (wanted as KubernetesObject & { spec: object }).spec });
    }
  });

  it('the tokens of service accounts are mounted nowhere', () => {
    const mounted = pods.flatMap(({ spec }) =>
      spec.containers.flatMap(
        ({ volumeMounts }) => volumeMounts?.map((mount) => mount.mountPath) ?? [],
      ),
    );
    expect(mounted).not.toContain('/var/run/secrets/kubernetes.io/serviceaccount');
  });

  /** The services whose pods have all these labels, each once. */
  function selected(namespace = '', labels: Record<string, string> | undefined): string[] {
    const found = pods.filter(
      ({ metadata }) => metadata.namespace === namespace && matches(metadata.labels, labels),
    );
    return [
      ...new Set(found.map(({ metadata }) => metadata.annotations?.['dapr.io/app-id'] ?? '')),
    ];
  }

  function peers({ namespaceSelector, podSelector }: Peer): string[] {
    const namespace = namespaceSelector?.matchLabels['kubernetes.io/metadata.name'];
    return selected(namespace, podSelector?.matchLabels);
  }
});

function containersOf({ metadata, spec }: Pod): [Container, Container] {
  const [app, daprd] = spec.containers;
  if (app === undefined || daprd === undefined) throw new Error(`${metadata.name} is not 2/2.`);
  return [app, daprd];
}

function secretOf({ env }: Container, name: string): string | undefined {
  return env?.find((variable) => variable.name === name)?.valueFrom?.secretKeyRef?.name;
}

function nameOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
