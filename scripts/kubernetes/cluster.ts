import { mkdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { startDaprControlPlane } from './dapr-control-plane.ts';
import { run } from './process.ts';

export interface Cluster extends ControlPlane {
  /** Holds logs, keys and the hosts file that stands for cluster DNS. */
  folder: string;
  stop(): Promise<void>;
}

/** What the build leaves in the cache. */
export interface ClusterPrograms {
  bin: string;
  chart: string;
  stages: string;
}

export interface Namespaces {
  network: string;
  mount: string;
}

/** Names the namespaces that this process is in. */
export async function currentNamespaces(): Promise<Namespaces> {
  return {
    network: await readlink('/proc/self/ns/net'),
    mount: await readlink('/proc/self/ns/mnt'),
  };
}

/**
 * Starts a Kubernetes and Dapr control plane. The process has to run in network, pid and mount
 * namespaces of its own, where all addresses used here are its own and all it mounts is private.
 * Files go below `work`. Throws where the namespaces are still those of `outside`.
 */
export async function startCluster(
  programs: ClusterPrograms,
  { work, outside }: { work: string; outside: Namespaces },
): Promise<Cluster> {
  const { network, mount } = await currentNamespaces();
  if (network === outside.network || mount === outside.mount) {
    throw new Error(
      "This would change the machine's own network and mounts: use pnpm test:kubernetes.",
    );
  }
  const folder = join(work, 'cluster');
  await mkdir(folder);
  await run('ip', ['link', 'set', 'lo', 'up']);
  await run('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
  await mkdir('/run/secrets', { recursive: true });
  const controlPlane = await startControlPlane({ ...programs, folder });
  const { processes } = controlPlane;
  processes.push(...(await startDaprControlPlane(controlPlane, { ...programs, folder })));
  return {
    ...controlPlane,
    folder,
    async stop() {
      for (const { child } of processes.toReversed()) child.kill('SIGKILL');
    },
  };
}
