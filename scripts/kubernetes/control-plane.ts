import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKubectl, type Kubectl, type KubernetesObject } from './kubectl.ts';
import { run, type StartedProcess, start, until } from './process.ts';

export interface ControlPlane {
  kubectl: Kubectl;
  kubeconfig: string;
  /** A kubeconfig for the holder of a token. */
  kubeconfigFor(name: string, token: string): Promise<string>;
  processes: StartedProcess[];
}

interface Node extends KubernetesObject {
  status: { conditions?: { type: string; status: string }[] };
}

const server = 'https://127.0.0.1:6443';
const readyDeadlineMs = 60_000;
const zones = ['a', 'b', 'c'];

/**
 * Starts etcd, the API server, controllers, scheduler and kwok, which plays the nodes: pods become
 * Running and Ready without a container. The network namespace has to be this process's own.
 */
export async function startControlPlane(options: {
  bin: string;
  /** kwok's stages. */
  stages: string;
  folder: string;
}): Promise<ControlPlane> {
  const { bin, stages, folder } = options;
  const logs = join(folder, 'log');
  const program = (name: string, args: string[]) =>
    start(name, join(bin, name), args, { folder: logs });
  await mkdir(logs, { recursive: true });
  const key = join(folder, 'service-accounts.key');
  await run('openssl', ['genrsa', '-out', key, '2048']);
  const admin = randomBytes(16).toString('hex');
  const tokens = join(folder, 'tokens.csv');
  await writeFile(tokens, `${admin},admin,admin,"system:masters"\n`, { mode: 0o600 });
  const pki = join(folder, 'pki');

  const kubeconfigFor = async (name: string, token: string) => {
    const path = join(folder, `${name}.kubeconfig`);
    const cluster = { server, 'certificate-authority': join(pki, 'apiserver.crt') };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'here', cluster }],
      users: [{ name, user: { token } }],
      contexts: [{ name: 'here', context: { cluster: 'here', user: name } }],
      'current-context': 'here',
    };
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  };
  const kubeconfig = await kubeconfigFor('admin', admin);
  const kubectl = createKubectl(bin, kubeconfig);

  const etcd = program('etcd', [
    `--data-dir=${join(folder, 'etcd')}`,
    '--listen-client-urls=http://127.0.0.1:2379',
    '--advertise-client-urls=http://127.0.0.1:2379',
    '--listen-peer-urls=http://127.0.0.1:2380',
    '--unsafe-no-fsync',
  ]);
  const apiServer = program('kube-apiserver', [
    '--etcd-servers=http://127.0.0.1:2379',
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--secure-port=6443',
    `--cert-dir=${pki}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=Node,RBAC',
    `--token-auth-file=${tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    // Webhooks are dialled at a pod's address, so that no kube-proxy is needed.
    '--enable-aggregator-routing=true',
    '--endpoint-reconciler-type=none',
  ]);
  await until('the API server is ready', () => kubectl(['get', '--raw', '/readyz']), {
    deadlineMs: readyDeadlineMs,
    needs: [etcd, apiServer],
  });

  const asAdmin = [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
  ];
  const controllers = program('kube-controller-manager', [
    ...asAdmin,
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${key}`,
    `--root-ca-file=${join(pki, 'apiserver.crt')}`,
    '--horizontal-pod-autoscaler-sync-period=5s',
    // No node is ever lost here, and a busy machine makes heartbeats late.
    '--node-monitor-grace-period=1h',
  ]);
  const scheduler = program('kube-scheduler', asAdmin);
  const kwok = program('kwok', [
    `--config=${stages}`,
    `--kubeconfig=${kubeconfig}`,
    '--manage-all-nodes=true',
    '--node-ip=127.0.0.1',
    '--cidr=10.244.0.1/16',
  ]);
  const processes = [etcd, apiServer, controllers, scheduler, kwok];

  await kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: zones.map(node) }),
  );
  await until(
    'all nodes are Ready',
    async () => {
      const nodes = await kubectl.list<Node>(['nodes']);
      return nodes.every(({ status }) =>
        status.conditions?.some(
          (condition) => condition.type === 'Ready' && condition.status === 'True',
        ),
      );
    },
    { deadlineMs: readyDeadlineMs, needs: processes },
  );
  return { kubectl, kubeconfig, kubeconfigFor, processes };
}

function node(zone: string) {
  const name = `node-${zone}`;
  const resources = { cpu: '32', memory: '256Gi', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': name,
        'topology.kubernetes.io/zone': `zone-${zone}`,
      },
    },
    status: { allocatable: resources, capacity: resources },
  };
}
