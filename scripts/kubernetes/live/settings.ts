import type { ClusterPrograms, Namespaces } from '../cluster.ts';

export interface TestSettings extends ClusterPrograms {
  daprd: string;
  /** Holds a folder for each service: the root file system of its image. */
  images: string;
  /** For what the cluster writes. */
  work: string;
  /** Those of the machine. */
  outside: Namespaces;
}

/** What `pnpm test:kubernetes` has prepared; undefined where it cannot run. */
export function testSettings(): TestSettings | undefined {
  const text = process.env['KUBERNETES_TEST'];
  return text === undefined ? undefined : (JSON.parse(text) as TestSettings);
}
