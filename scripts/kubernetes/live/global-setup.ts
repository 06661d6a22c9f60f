import { startCluster } from '../cluster.ts';
import { testSettings } from './settings.ts';

/** Starts the cluster that all tests share; without settings they are skipped. */
export default async function setup(project: {
  provide(key: 'cluster', value: { folder: string; kubeconfig: string }): void;
}): Promise<(() => Promise<void>) | undefined> {
  const settings = testSettings();
  if (settings === undefined) return undefined;
  const cluster = await startCluster(settings, settings);
  project.provide('cluster', { folder: cluster.folder, kubeconfig: cluster.kubeconfig });
  return () => cluster.stop();
}
