import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';
import type { KubernetesObject } from './kubectl.ts';
import { run, type StartedProcess, start, until } from './process.ts';

export const daprVersion = '1.18.0';
const deadlineMs = 60_000;
const namespace = 'dapr-system';
const sentryAudience = `spiffe://cluster.local/ns/${namespace}/dapr-sentry`;
/** Where a sidecar, the injector and the operator look for the token that tells sentry who they are. */
export const sentryTokenFolder = '/run/secrets/dapr.io/sentrytoken';

interface Service extends KubernetesObject {
  spec: { clusterIP: string };
}

/**
 * Installs Dapr's own chart and runs its real programs in the place of the pods that kwok plays:
 * each with its own service account, at the addresses of its own Service.
 */
export async function startDaprControlPlane(
  cluster: ControlPlane,
  options: { bin: string; chart: string; folder: string },
): Promise<StartedProcess[]> {
  const { kubectl, kubeconfigFor, processes } = cluster;
  const { bin, chart, folder } = options;
  const logs = join(folder, 'log');
  const helmFolder = join(folder, 'helm');
  await run(
    join(bin, 'helm'),
    [
      ...['install', 'dapr', chart, '--namespace', namespace, '--create-namespace'],
      ...['--set', `global.tag=${daprVersion}`],
      ...['--set', 'dapr_sidecar_injector.sidecarDropALLCapabilities=true'],
    ],
    {
      env: {
        ...process.env,
        KUBECONFIG: cluster.kubeconfig,
        HELM_CACHE_HOME: helmFolder,
        HELM_CONFIG_HOME: helmFolder,
        HELM_DATA_HOME: helmFolder,
      },
    },
  );

  const addresses: string[] = [];
  const listenAs = async (service: string) => {
    const [found] = await kubectl.list<Service>(['service', service, '-n', namespace]);
    const address = found?.spec.clusterIP ?? '';
    await run('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
    addresses.push(
      `${address} ${service}.${namespace}.svc.cluster.local ${service}.${namespace}.svc`,
    );
    return address;
  };
  const sentryAddress = await listenAs('dapr-sentry');
  const operatorAddress = await listenAs('dapr-api');
  await writeFile(join(folder, 'hosts'), ['127.0.0.1 localhost', ...addresses, ''].join('\n'));
  await run('mount', ['--bind', join(folder, 'hosts'), '/etc/hosts']);

  const program = async (name: string, args: string[], env: NodeJS.ProcessEnv) => {
    const token = await kubectl([
      'create',
      'token',
      `dapr-${name}`,
      '-n',
      namespace,
      '--duration=4h',
    ]);
    const kubeconfig = await kubeconfigFor(name, token);
    const skipped = { DAPR_UNSAFE_SKIP_CONTAINER_UID_GID_CHECK: 'true', NAMESPACE: namespace };
    return start(
      name,
      join(bin, name),
      // injector and sentry take the flag, the operator the variable.
      name === 'operator' ? args : [`--kubeconfig=${kubeconfig}`, ...args],
      { folder: logs, env: { ...process.env, ...skipped, KUBECONFIG: kubeconfig, ...env } },
    );
  };
  const common = ['--enable-metrics=false'];

  const credentials = join(folder, 'credentials');
  await mkdir(credentials);
  const sentry = await program(
    'sentry',
    [
      ...common,
      '--mode=kubernetes',
      '--trust-domain=cluster.local',
      '--port=443',
      `--listen-address=${sentryAddress}`,
      '--healthz-port=8081',
      `--issuer-credentials=${credentials}`,
    ],
    {},
  );
  const anchors = await until(
    'sentry has published its root certificate',
    async () => {
      const args = ['get', 'configmap', 'dapr-trust-bundle', '-n', namespace];
      const text = await kubectl([...args, '-o', 'jsonpath={.data.ca\\.crt}']);
      return text.includes('BEGIN') && text;
    },
    { deadlineMs, needs: [...processes, sentry] },
  );
  const anchorsFile = join(folder, 'ca.crt');
  await writeFile(anchorsFile, anchors);

  await writeSentryToken(cluster, 'dapr-sidecar-injector', 'dapr-injector', sentryTokenFolder);
  const injector = await program(
    'injector',
    [...common, '--port=4000', '--healthz-port=8080', '--scheduler-enabled=true'],
    {
      ...(await environmentOf(cluster, 'dapr-sidecar-injector')),
      DAPR_TRUST_ANCHORS_FILE: anchorsFile,
    },
  );
  const operatorToken = join(folder, 'operator-token');
  await writeSentryToken(cluster, 'dapr-operator', 'dapr-operator', operatorToken);
  const operator = await program(
    'operator',
    [
      ...common,
      `--trust-anchors-file=${anchorsFile}`,
      '--healthz-port=8082',
      '--disable-leader-election',
      '--port=443',
      `--listen-address=${operatorAddress}`,
      '--watch-interval=0',
    ],
    {
      ...(await environmentOf(cluster, 'dapr-operator')),
      DAPR_SENTRY_TOKEN_FILE: join(operatorToken, 'token'),
    },
  );
  const started = [sentry, injector, operator];
  for (const [what, port] of [
    ['injector', 8080],
    ['operator', 8082],
  ] as const) {
    await until(`the ${what} is healthy`, () => isHealthy(`http://127.0.0.1:${port}/healthz`), {
      deadlineMs,
      needs: [...processes, ...started],
    });
  }
  // The chart's policy is Ignore: a webhook that does not answer would mean pods without a sidecar,
  // silently. From the start it cannot be Fail, since Dapr's own pods go through the webhook too.
  const fail = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Fail' }];
  const webhook = ['mutatingwebhookconfiguration', 'dapr-sidecar-injector'];
  await kubectl(['patch', ...webhook, '--type=json', '-p', JSON.stringify(fail)]);
  return started;
}

/** Sentry wants a token that is bound to the pod it stands for; its address becomes this host's. */
async function writeSentryToken(
  { kubectl, processes }: ControlPlane,
  app: string,
  account: string,
  folder: string,
): Promise<void> {
  const pod = await until(
    `the pod of ${app} has an address`,
    async () => {
      const args = ['pods', '-n', namespace, '-l', `app=${app}`];
      const [found] = await kubectl.list<KubernetesObject & { status: { podIP?: string } }>(args);
      return found?.status.podIP !== undefined && found;
    },
    { deadlineMs, needs: processes },
  );
  await run('ip', ['address', 'add', `${pod.status.podIP}/32`, 'dev', 'lo']);
  const args = ['create', 'token', account, '-n', namespace, '--audience', sentryAudience];
  const bound = ['--bound-object-kind', 'Pod', '--bound-object-name', pod.metadata.name];
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'token'), await kubectl([...args, ...bound]));
}

/** The environment that the chart gives a program. */
async function environmentOf({ kubectl }: ControlPlane, name: string): Promise<NodeJS.ProcessEnv> {
  interface Deployment extends KubernetesObject {
    spec: { template: { spec: { containers: { env?: { name: string; value?: string }[] }[] } } };
  }
  const [deployment] = await kubectl.list<Deployment>(['deployment', name, '-n', namespace]);
  const variables = deployment?.spec.template.spec.containers[0]?.env ?? [];
  return Object.fromEntries(
    variables.flatMap(({ name: key, value }) => (value === undefined ? [] : [[key, value]])),
  );
}

export async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.ok;
}
