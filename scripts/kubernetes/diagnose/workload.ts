import type { Manifest } from './manifests.ts';

/** What of a Deployment, StatefulSet or DaemonSet Dapr's sidecar depends on. */
export interface Workload {
  /** Such as `Deployment chat/chat-service`. */
  label: string;
  namespace: string;
  name: string;
  /** The annotations of its own, not of its pods. */
  ownAnnotations: Record<string, unknown>;
  /** Those of its pods that start with `dapr.io/`, without that. */
  dapr: Map<string, unknown>;
  containers: Container[];
}

interface Container {
  name: string;
  ports?: { containerPort: number }[];
  env?: { name: string; valueFrom?: { secretKeyRef?: { name: string } } }[];
  envFrom?: { secretRef?: { name: string } }[];
}

interface PodTemplate {
  metadata?: { annotations?: Record<string, unknown> };
  spec?: { containers?: Container[] };
}

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'];
const prefix = 'dapr.io/';

export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ kind, metadata, spec }) => {
      const { template } = (spec ?? {}) as { template?: PodTemplate };
      const annotations = Object.entries(template?.metadata?.annotations ?? {});
      const dapr = annotations.filter(([name]) => name.startsWith(prefix));
      const { name, namespace = 'default' } = metadata;
      return {
        label: `${kind} ${namespace}/${name}`,
        namespace,
        name,
        ownAnnotations: metadata.annotations ?? {},
        dapr: new Map(dapr.map(([key, value]) => [key.slice(prefix.length), value])),
        containers: template?.spec?.containers ?? [],
      };
    });
}
