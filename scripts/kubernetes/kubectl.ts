import { join } from 'node:path';
import { run } from './process.ts';

/** What the checks read of a Kubernetes object. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    creationTimestamp?: string;
  };
}

export interface Kubectl {
  /** Runs kubectl and returns what it prints; throws with what it says where it fails. */
  (args: readonly string[], input?: string): Promise<string>;
  /** The objects that `kubectl get` finds. */
  list<T extends KubernetesObject>(args: readonly string[]): Promise<T[]>;
}

/** kubectl for one kubeconfig file. */
export function createKubectl(bin: string, kubeconfig: string): Kubectl {
  const path = join(bin, 'kubectl');
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const kubectl = (args: readonly string[], input?: string) =>
    run(path, args, { env, ...(input !== undefined && { input }) });
  return Object.assign(kubectl, {
    async list<T extends KubernetesObject>(args: readonly string[]): Promise<T[]> {
      const text = await kubectl(['get', ...args, '-o', 'json']);
      const found = JSON.parse(text) as T & { items?: T[] };
      return found.items ?? [found];
    },
  });
}
