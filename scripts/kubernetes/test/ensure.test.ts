import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlPlaneUnavailable } from '../build/control-plane-unavailable.ts';
import { ensurePrograms } from '../build/ensure.ts';
import { programNames, readPins } from '../build/programs.ts';

/** Plays Go: makes the file that `-o=` names, and the modules that carry the chart and the stages. */
const fakeGo = `#!/bin/sh
set -e
case "$1" in
  env) printf 'go1.99.0\\nlocal\\n' ;;
  list) echo "go: downloading something" >&2
    mkdir -p "$GOMODCACHE/github.com/dapr/dapr@v1.18.0/charts/dapr" "$GOMODCACHE/sigs.k8s.io/kwok@v0.8.0"
    stages="$GOMODCACHE/sigs.k8s.io/kwok@v0.8.0/kustomize/stage"
    mkdir -p "$stages/node/fast" "$stages/node/heartbeat-with-lease" "$stages/pod/fast"
    for stage in node/fast/node-initialize node/heartbeat-with-lease/node-heartbeat-with-lease \\
      pod/fast/pod-ready pod/fast/pod-complete pod/fast/pod-delete; do
      echo "stage: $stage" > "$stages/$stage.yaml"
    done ;;
  build) if [ -n "$FAKE_GO_FAILS" ]; then echo "no space for rent" >&2; exit 1; fi
    for argument; do case "$argument" in -o=*) : > "\${argument#-o=}" ;; esac; done ;;
esac
`;

describe('the programs of the control plane', () => {
  let home = '';
  let env: NodeJS.ProcessEnv;
  let written = '';
  const output = { write: (text: string) => (written += text) };
  const { signal } = new AbortController();

  beforeEach(async () => {
    written = '';
    home = await mkdtemp(join(tmpdir(), 'ensure-'));
    await mkdir(join(home, 'bin'));
    await writeFile(join(home, 'bin', 'go'), fakeGo);
    await chmod(join(home, 'bin', 'go'), 0o755);
    env = { XDG_CACHE_HOME: home, PATH: `${home}/bin:/usr/bin:/bin` };
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const cache = () => readdir(join(home, 'dapr-service-invocation'));

  it('are built once, and what was fetched for it goes', async () => {
    const free = async () => 1e12;
    const { bin, stages } = await ensurePrograms({ env, output, signal, free });
    expect((await readdir(bin)).sort()).toEqual([...programNames].sort());
    expect(stages).toContain((await readPins()).key);
    expect(await cache()).toEqual([(await readPins()).key, 'kubernetes-build.lock']);
    expect(written).toContain('The control plane is built');

    written = '';
    await rm(join(home, 'bin', 'go'));
    expect((await ensurePrograms({ env, output, signal, free })).bin).toBe(bin);
    expect(written).toBe('');
  });

  it('need Go: its version and where to get it are named', async () => {
    await rm(join(home, 'bin', 'go'));
    const { goVersion } = await readPins();
    const failure = ensurePrograms({ env: { ...env, PATH: `${home}/bin` }, output, signal });
    await expect(failure).rejects.toThrow(`Go ${goVersion} or newer`);
    await expect(failure).rejects.toThrow(ControlPlaneUnavailable);
  });

  it('need room on the disk: how much, and where, is named', async () => {
    const failure = ensurePrograms({ env, output, signal, free: async () => 1e9 });
    await expect(failure).rejects.toThrow(/needs 8\.5 GB .* 1\.0 GB are free for/);
  });

  it('that Go cannot build: its last words, and what was fetched stays for the next time', async () => {
    const failing = { ...env, FAKE_GO_FAILS: '1' };
    const failure = ensurePrograms({ env: failing, output, signal, free: async () => 1e12 });
    await expect(failure).rejects.toThrow('no space for rent');
    expect(await cache()).toContain(`${(await readPins()).key}.build`);
  });
});
