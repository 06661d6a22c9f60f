import { daprAnnotations, nearestAnnotation } from './dapr-annotations.ts';
import type { Manifest } from './manifests.ts';
import { type Workload, workloadsOf } from './workload.ts';

export interface Fault {
  /** What it is in, such as `Deployment chat/chat-service`. */
  where: string;
  /** What is wrong, what Kubernetes makes of it, and what to do. */
  message: string;
}

/** Names, separated by commas, of the Secrets that somebody creates by hand. */
export const secretsByHand = 'dapr-service-invocation/secrets-created-by-hand';

/**
 * What is wrong with the Dapr side of manifests although an API server takes them without a word.
 * Needs no cluster.
 */
export function diagnoseManifests(manifests: readonly Manifest[]): Fault[] {
  const workloads = workloadsOf(manifests);
  const withDapr = workloads.filter(({ dapr }) => dapr.size > 0);
  if (withDapr.length === 0) {
    return [
      {
        where: 'these manifests',
        message: 'No pod has a dapr.io annotation: nothing here uses Dapr.',
      },
    ];
  }
  const checks = [unknownAnnotations, enabled, appId, appPort, configuration, tokens, secrets];
  return withDapr.flatMap((workload) =>
    checks
      .flatMap((check) => check(workload, manifests, withDapr))
      .map((message) => ({ where: workload.label, message })),
  );
}

type Check = (
  workload: Workload,
  manifests: readonly Manifest[],
  workloads: readonly Workload[],
) => string[];

const unknownAnnotations: Check = ({ dapr }) =>
  [...dapr].flatMap(([name, value]) => {
    if (!daprAnnotations.includes(name)) {
      const nearest = nearestAnnotation(name);
      const advice = nearest === undefined ? 'remove it' : `is dapr.io/${nearest} meant?`;
      return [`dapr.io/${name} is nothing that Dapr reads, and it says nothing: ${advice}`];
    }
    if (typeof value === 'string') return [];
    return [
      `dapr.io/${name} is not text: write "${value}" in quotes, or the API server refuses it`,
    ];
  });

const enabled: Check = ({ dapr }) => {
  const value = dapr.get('enabled');
  const accepted = ['true', 'y', 'yes', 'on', '1'];
  if (accepted.includes(String(value).toLowerCase())) return [];
  const found = value === undefined ? 'is missing' : `is "${value}"`;
  return [
    `dapr.io/enabled ${found}: the pod starts without a sidecar (1/1), and nothing says so. Set it to "true"`,
  ];
};

const appId: Check = ({ dapr, name, namespace, label }, _manifests, workloads) => {
  const value = dapr.get('app-id');
  if (value === undefined || value === '') {
    return [
      `dapr.io/app-id is missing: the injector refuses the pod, and an event of its ReplicaSet is all one sees. Set it, to "${name}" for instance`,
    ];
  }
  const id = String(value);
  const faults: string[] = [];
  if (!/^[a-z0-9]([a-z0-9-]{0,57}[a-z0-9])?$/i.test(id)) {
    faults.push(
      `dapr.io/app-id is "${id}", of which no Service name can be made: the injector refuses the pod, and an event of its ReplicaSet is all one sees. Use letters, digits and hyphens`,
    );
  }
  const same = workloads.find(
    (other) =>
      other.label !== label && other.namespace === namespace && other.dapr.get('app-id') === id,
  );
  if (same) faults.push(`dapr.io/app-id is "${id}", as in ${same.label}: calls go to either`);
  return faults;
};

const appPort: Check = ({ dapr, containers }) => {
  const value = dapr.get('app-port');
  const declared = containers.flatMap(
    ({ ports }) => ports?.map((port) => port.containerPort) ?? [],
  );
  const ports = declared.join(', ');
  if (value === undefined) {
    return [
      `dapr.io/app-port is missing: the pod is 2/2, and its sidecar never calls the app. Set it to the container's port (${ports || 'none is declared'})`,
    ];
  }
  if (!/^\d+$/.test(String(value)) || Number(value) < 1 || Number(value) > 65_535) {
    return [
      `dapr.io/app-port is "${value}", which is no port. Set it to the container's (${ports})`,
    ];
  }
  if (declared.includes(Number(value))) return [];
  return [
    `dapr.io/app-port is ${value}, and no container has that port (${ports || 'none is declared'}): the sidecar waits for the app for ever. Make them the same`,
  ];
};

const configuration: Check = ({ dapr, namespace }, manifests) => {
  const name = dapr.get('config');
  if (name === undefined) return [];
  const configurations = manifests.filter(
    ({ kind, apiVersion, metadata }) =>
      kind === 'Configuration' &&
      apiVersion.startsWith('dapr.io/') &&
      (metadata.namespace ?? 'default') === namespace,
  );
  const names = configurations.map(({ metadata }) => metadata.name);
  if (names.includes(String(name))) return [];
  return [
    `dapr.io/config is "${name}", and namespace ${namespace} has no such Configuration (${names.join(', ') || 'it has none'}): daprd does not start. Correct the name`,
  ];
};

/** A sidecar and its app that expect tokens of different Secrets refuse each other's calls. */
const tokens: Check = ({ dapr, containers }) => {
  const pairs = [
    ['api-token-secret', 'DAPR_API_TOKEN'],
    ['app-token-secret', 'APP_API_TOKEN'],
  ] as const;
  return pairs.flatMap(([annotation, variable]) => {
    const ofSidecar = dapr.get(annotation);
    const ofApp = containers.flatMap(({ env }) => env ?? []).find(({ name }) => name === variable)
      ?.valueFrom?.secretKeyRef?.name;
    if (ofSidecar === undefined && ofApp === undefined) return [];
    if (ofApp !== undefined && ofApp !== ofSidecar) {
      return [
        `${variable} comes from Secret "${ofApp}", but dapr.io/${annotation} is ${ofSidecar === undefined ? 'missing' : `"${ofSidecar}"`}: the app and its sidecar refuse each other (401). Name the same Secret`,
      ];
    }
    return [];
  });
};

const secrets: Check = ({ dapr, containers, namespace, ownAnnotations }, manifests) => {
  const inManifests = manifests
    .filter(
      ({ kind, metadata }) => kind === 'Secret' && (metadata.namespace ?? 'default') === namespace,
    )
    .map(({ metadata }) => metadata.name);
  const byHand = String(ownAnnotations[secretsByHand] ?? '').split(/\s*,\s*/);
  const known = new Set([...inManifests, ...byHand]);
  const named = [
    dapr.get('api-token-secret'),
    dapr.get('app-token-secret'),
    ...containers.flatMap(({ env = [], envFrom = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secretRef }) => secretRef?.name),
    ]),
  ];
  const missing = new Set(named.filter((name) => name !== undefined && !known.has(String(name))));
  return [...missing].map(
    (name) =>
      `Secret "${name}" is neither in the manifests nor listed as created by hand: a container waits for it in CreateContainerConfigError. Correct the name, or create it and add it to ${secretsByHand}`,
  );
};
