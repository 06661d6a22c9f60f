import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isHealthy, sentryTokenFolder } from './dapr-control-plane.ts';
import type { Kubectl, KubernetesObject } from './kubectl.ts';
import { run, type StartedProcess, start, until } from './process.ts';

/** What running a pod needs of a cluster. */
export interface ClusterAccess {
  kubectl: Kubectl;
  /** Holds the hosts file that stands for cluster DNS. */
  folder: string;
}

export interface Pod extends KubernetesObject {
  spec: {
    serviceAccountName: string;
    nodeName?: string;
    securityContext?: { seccompProfile?: { type: string } };
    volumes?: {
      name: string;
      projected?: { sources: { serviceAccountToken?: { audience?: string } }[] };
    }[];
    containers: Container[];
  };
  status: {
    phase?: string;
    podIP?: string;
    containerStatuses?: { name: string; ready: boolean }[];
  };
}

export interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: EnvironmentVariable[];
  envFrom?: { secretRef?: { name: string } }[];
  ports?: { name?: string; containerPort: number }[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
  securityContext?: Record<string, unknown>;
  volumeMounts?: { name: string; mountPath: string }[];
}

interface EnvironmentVariable {
  name: string;
  value?: string;
  valueFrom?: {
    secretKeyRef?: { name: string; key: string };
    fieldRef?: { fieldPath: string };
  };
}

export interface RunningPod {
  address: string;
  app: StartedProcess;
  daprd: StartedProcess;
  /** The network namespace, for `ip netns exec`. */
  network: string;
  stop(): Promise<void>;
}

const deadlineMs = 30_000;
const enterImage = fileURLToPath(new URL('../image/enter.sh', import.meta.url));
const enterSidecar = fileURLToPath(new URL('./enter-sidecar.sh', import.meta.url));

/**
 * Runs the containers of an injected pod as processes, with the very arguments and environment
 * that the API server holds, in a network of its own with the pod's address. Resolves when both
 * readiness probes succeed.
 */
export async function runPod(
  cluster: ClusterAccess,
  pod: Pod,
  programs: { daprd: string; imageRoot: string },
): Promise<RunningPod> {
  const { name, namespace = 'default' } = pod.metadata;
  const address = pod.status.podIP ?? '';
  const network = `pod-${address.split('.').slice(2).join('-')}`;
  const folder = join(cluster.folder, 'pods', name);
  await mkdir(folder, { recursive: true });
  await connect(network, address);
  await updateHosts(cluster);

  const [appContainer, sidecar] = ['app', 'daprd'].map((wanted) =>
    pod.spec.containers.find((container) => (container.name === 'daprd') === (wanted === 'daprd')),
  );
  if (appContainer === undefined || sidecar === undefined) {
    throw new Error(`${namespace}/${name} has no container beside daprd, or no daprd.`);
  }
  const inNetwork = (what: string, args: string[], env: NodeJS.ProcessEnv) =>
    start(
      what,
      'ip',
      ['netns', 'exec', network, 'unshare', '--mount', '--propagation', 'private', 'sh', ...args],
      { folder, env: { PATH: process.env['PATH'], ...env } },
    );
  const app = inNetwork(
    'app',
    [enterImage, programs.imageRoot],
    await environmentOf(cluster, pod, appContainer),
  );
  const token = join(folder, 'token');
  await writeFile(token, await identityToken(cluster, pod));
  const [, ...args] = sidecar.args ?? [];
  const daprd = inNetwork(
    'daprd',
    [enterSidecar, token, sentryTokenFolder, programs.daprd, ...args],
    await environmentOf(cluster, pod, sidecar),
  );
  const port = appContainer.ports?.[0]?.containerPort;
  for (const [what, url] of [
    ['the app', `http://${address}:${port}/health`],
    ['daprd', `http://${address}:3501/v1.0/healthz`],
  ] as const) {
    await until(`${what} of ${name} is ready`, () => isHealthy(url), {
      deadlineMs,
      needs: [app, daprd],
    });
  }
  return {
    address,
    app,
    daprd,
    network,
    async stop() {
      for (const { child } of [app, daprd]) child.kill('SIGKILL');
      await run('ip', ['netns', 'delete', network]);
    },
  };
}

/** A network namespace that has the pod's address and a route to everything else. */
async function connect(network: string, address: string): Promise<void> {
  const gateway = '169.254.1.1';
  const link = `v${network.slice(4)}`;
  const inside = ['netns', 'exec', network, 'ip'];
  for (const args of [
    ['netns', 'add', network],
    ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', network],
    ['address', 'add', `${gateway}/32`, 'dev', link],
    ['link', 'set', link, 'up'],
    [...inside, 'link', 'set', 'lo', 'up'],
    [...inside, 'address', 'add', `${address}/32`, 'dev', 'eth0'],
    [...inside, 'link', 'set', 'eth0', 'up'],
    [...inside, 'route', 'add', gateway, 'dev', 'eth0'],
    [...inside, 'route', 'add', 'default', 'via', gateway],
    ['route', 'add', `${address}/32`, 'dev', link],
  ]) {
    await run('ip', args);
  }
}

/** Writes the names that cluster DNS would give now: of each Service of a sidecar, its ready pods. */
export async function updateHosts({ kubectl, folder }: ClusterAccess): Promise<void> {
  interface Slice extends KubernetesObject {
    endpoints: { addresses: string[]; conditions?: { ready?: boolean } }[] | null;
  }
  const lines = (await kubectl.list<Slice>(['endpointslices', '-A'])).flatMap((slice) => {
    const service = slice.metadata.labels?.['kubernetes.io/service-name'] ?? '';
    if (!service.endsWith('-dapr')) return [];
    const dnsName = `${service}.${slice.metadata.namespace}.svc.cluster.local`;
    const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses }) => addresses.map((address) => `${address} ${dnsName}`));
  });
  const path = join(folder, 'hosts');
  const others = (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.includes('-dapr.'));
  // In place: the file is mounted.
  await writeFile(path, `${[...others, ...lines].join('\n')}\n`);
}

/** As the volume that the injector has added to the pod would hold it. */
async function identityToken({ kubectl }: ClusterAccess, { metadata, spec }: Pod): Promise<string> {
  const sources = (spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  const audience = sources.find(({ serviceAccountToken }) => serviceAccountToken?.audience)
    ?.serviceAccountToken?.audience;
  if (audience === undefined) throw new Error(`${metadata.name} has no identity token for sentry.`);
  const bound = ['--bound-object-kind', 'Pod', '--bound-object-name', metadata.name];
  const namespace = ['-n', metadata.namespace ?? 'default'];
  const account = spec.serviceAccountName;
  return await kubectl([
    'create',
    'token',
    account,
    ...namespace,
    '--audience',
    audience,
    ...bound,
  ]);
}

/** As the kubelet makes it. Throws where a Secret or its key is missing. */
async function environmentOf(
  { kubectl }: ClusterAccess,
  pod: Pod,
  container: Container,
): Promise<NodeJS.ProcessEnv> {
  const secret = async (name: string) => {
    interface Secret extends KubernetesObject {
      data?: Record<string, string>;
    }
    const [found] = await kubectl.list<Secret>([
      'secret',
      name,
      '-n',
      pod.metadata.namespace ?? '',
    ]);
    const data = Object.entries(found?.data ?? {});
    return new Map(data.map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]));
  };
  const env: NodeJS.ProcessEnv = {};
  for (const { secretRef } of container.envFrom ?? []) {
    if (secretRef) Object.assign(env, Object.fromEntries(await secret(secretRef.name)));
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const key = valueFrom?.secretKeyRef;
    const field = valueFrom?.fieldRef?.fieldPath;
    if (key !== undefined) {
      const found = (await secret(key.name)).get(key.key);
      if (found === undefined) throw new Error(`Secret ${key.name} has no ${key.key}.`);
      env[name] = found;
    } else if (field === 'metadata.name') env[name] = pod.metadata.name;
    else if (field === 'status.podIP') env[name] = pod.status.podIP;
    else if (field !== undefined) throw new Error(`${name} wants the field ${field}.`);
    else env[name] = value ?? '';
  }
  return env;
}
