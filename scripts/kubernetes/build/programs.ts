import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A Go module whose go.mod and go.sum pin what is built. */
export interface PinnedModule {
  name: string;
  folder: string;
  /** For the linker: programs that are asked for their version need it. */
  variables: Record<string, string>;
  programs: Program[];
}

interface Program {
  name: string;
  package: string;
  /** How long compiling takes on two cores, after the programs above it (measured). */
  seconds: number;
}

export const kubernetesVersion = '1.34.4';

const kubernetesPackage = 'k8s.io/component-base/version';

export const pinnedModules: readonly PinnedModule[] = [
  module('etcd', {}, [['etcd', 'go.etcd.io/etcd/server/v3', 40]]),
  module(
    'kube',
    {
      [`${kubernetesPackage}.gitVersion`]: `v${kubernetesVersion}`,
      [`${kubernetesPackage}.gitMajor`]: '1',
      [`${kubernetesPackage}.gitMinor`]: '34',
    },
    [
      ['kube-apiserver', 'k8s.io/kubernetes/cmd/kube-apiserver', 180],
      ['kube-controller-manager', 'k8s.io/kubernetes/cmd/kube-controller-manager', 40],
      ['kube-scheduler', 'k8s.io/kubernetes/cmd/kube-scheduler', 15],
      ['kubectl', 'k8s.io/kubernetes/cmd/kubectl', 15],
    ],
  ),
  module('dapr', { 'github.com/dapr/dapr/pkg/buildinfo.version': '1.18.0' }, [
    ['sentry', 'github.com/dapr/dapr/cmd/sentry', 40],
    ['injector', 'github.com/dapr/dapr/cmd/injector', 15],
    ['operator', 'github.com/dapr/dapr/cmd/operator', 20],
  ]),
  module('helm', {}, [['helm', 'helm.sh/helm/v3/cmd/helm', 40]]),
  module('kwok', {}, [['kwok', 'sigs.k8s.io/kwok/cmd/kwok', 40]]),
];

export const programNames = pinnedModules.flatMap(({ programs }) =>
  programs.map(({ name }) => name),
);

function module(
  name: string,
  variables: Record<string, string>,
  programs: [name: string, path: string, seconds: number][],
): PinnedModule {
  return {
    name,
    folder: fileURLToPath(new URL(`../modules/${name}`, import.meta.url)),
    variables,
    programs: programs.map(([program, path, seconds]) => ({
      name: program,
      package: path,
      seconds,
    })),
  };
}

export interface Pins {
  /** The oldest Go that builds all of them. */
  goVersion: string;
  /** Names a build of exactly these versions for this platform. */
  key: string;
}

/** Reads what the go.mod files pin. */
export async function readPins(): Promise<Pins> {
  const hash = createHash('sha256');
  let goVersion = '0';
  for (const { folder, ...recipe } of pinnedModules) {
    const goMod = await readFile(`${folder}/go.mod`, 'utf8');
    hash
      .update(JSON.stringify(recipe))
      .update(goMod)
      .update(await readFile(`${folder}/go.sum`));
    const go = /^go (\S+)$/m.exec(goMod)?.[1];
    if (go === undefined) throw new Error(`${folder}/go.mod names no Go version.`);
    // All are 1.x.y with digits of the same length, so their order is the text's.
    if (go > goVersion) goVersion = go;
  }
  const platform = `${process.platform}-${process.arch}`;
  return {
    goVersion,
    key: `kubernetes-${kubernetesVersion}-${platform}-${hash.digest('hex').slice(0, 8)}`,
  };
}
