import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isAtLeast } from './version.ts';

/** A Go module of this folder whose go.mod and go.sum pin what is built. */
export interface PinnedModule {
  folder: string;
  /** The dependency whose version the executables carry, and the variable that takes it. */
  source: string;
  versionVariable: string;
  tags: string;
  /** How many modules Go fetches for it (counted): the progress bar's measure, not a limit. */
  fetches: number;
  programs: Program[];
}

interface Program {
  name: string;
  package: string;
  /** How many packages Go compiles for it after the programs above it (counted), and how long that takes on two cores: the progress bar's measures too. */
  packages: number;
  seconds: number;
}

export const pinnedModules: readonly PinnedModule[] = [
  {
    folder: fileURLToPath(new URL('./modules/daprd', import.meta.url)),
    source: 'github.com/dapr/dapr',
    versionVariable: 'github.com/dapr/dapr/pkg/buildinfo.version',
    // daprd panics without a set of components; this one has mDNS and Kubernetes name resolution.
    tags: 'stablecomponents',
    fetches: 307,
    programs: [
      { name: 'daprd', package: 'github.com/dapr/dapr/cmd/daprd', packages: 2162, seconds: 200 },
      {
        name: 'placement',
        package: 'github.com/dapr/dapr/cmd/placement',
        packages: 28,
        seconds: 5,
      },
      { name: 'sentry', package: 'github.com/dapr/dapr/cmd/sentry', packages: 36, seconds: 5 },
    ],
  },
  {
    folder: fileURLToPath(new URL('./modules/cli', import.meta.url)),
    source: 'github.com/dapr/cli',
    versionVariable: 'main.version',
    tags: '',
    fetches: 169,
    programs: [{ name: 'dapr', package: 'github.com/dapr/cli', packages: 1113, seconds: 80 }],
  },
];

export interface Pins {
  /** Version of each module's source, in the modules' order. */
  versions: string[];
  /** The oldest Go that builds all of them. */
  goVersion: string;
  /** Names a build of exactly these versions for this platform. */
  key: string;
}

/** Reads the pinned versions from the go.mod files. Throws where one does not name its source. */
export async function readPins(modules = pinnedModules): Promise<Pins> {
  const hash = createHash('sha256').update(JSON.stringify(modules.map(recipe)));
  const versions: string[] = [];
  let goVersion = '0';
  for (const { folder, source } of modules) {
    const goMod = await readFile(`${folder}/go.mod`, 'utf8');
    hash.update(goMod).update(await readFile(`${folder}/go.sum`));
    const line = goMod.split('\n').find((text) => text.includes(`${source} v`));
    const version = line?.split(' v')[1]?.split(' ')[0];
    const go = /^go (\S+)$/m.exec(goMod)?.[1];
    if (version === undefined || go === undefined) {
      throw new Error(`${folder}/go.mod requires no ${source}, or names no Go version.`);
    }
    versions.push(version);
    if (isAtLeast(go, goVersion)) goVersion = go;
  }
  const platform = `${process.platform}-${process.arch}`;
  const key = `${versions.join('-')}-${platform}-${hash.digest('hex').slice(0, 8)}`;
  return { versions, goVersion, key };
}

function recipe({ source, versionVariable, tags, programs }: PinnedModule) {
  const built = programs.map(({ name, package: path }) => [name, path]);
  return [source, versionVariable, tags, built];
}
