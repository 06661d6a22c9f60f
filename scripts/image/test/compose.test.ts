import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { services } from '../build.ts';

const dapr = fileURLToPath(new URL('../../../dapr', import.meta.url));

interface Compose {
  services: Record<string, ComposeService>;
}

interface ComposeService {
  build?: { context: string; dockerfile: string };
  command?: string[];
  environment?: Record<string, string>;
  network_mode?: string;
  ports?: string[];
  volumes?: string[];
}

interface MultiAppFile {
  apps: { appID: string; appPort: number; daprHTTPPort: number }[];
}

interface Configuration {
  spec: { tracing?: { zipkin: { endpointAddress: string } } };
}

async function read<T>(path: string): Promise<T> {
  return parse(await readFile(join(dapr, path), 'utf8'), { merge: true }) as T;
}

describe.each(services)('%s in the compose file', (name) => {
  it('has the ports of the multi-app file, and a sidecar in its own network', async () => {
    const { services: composed } = await read<Compose>('compose/compose.yaml');
    const { apps } = await read<MultiAppFile>('dapr.yaml');
    const app = apps.find(({ appID }) => appID === name);
    const service = composed[name];
    const sidecar = composed[`${name}-dapr`];
    expect(service?.environment).toMatchObject({ APP_PORT: String(app?.appPort) });
    expect(service?.ports).toEqual([`127.0.0.1:${app?.appPort}:${app?.appPort}`]);
    expect(sidecar?.network_mode).toBe(`service:${name}`);
    expect(sidecar?.command).toEqual(
      expect.arrayContaining([
        `--app-id=${name}`,
        `--app-port=${app?.appPort}`,
        `--dapr-http-port=${app?.daprHTTPPort}`,
      ]),
    );
  });

  it('is built from a Dockerfile that is there, its sidecar given files that are there', async () => {
    const { services: composed } = await read<Compose>('compose/compose.yaml');
    const build = composed[name]?.build;
    const context = join(dapr, 'compose', build?.context ?? '');
    expect(existsSync(join(context, build?.dockerfile ?? ''))).toBe(true);
    const sources = composed[`${name}-dapr`]?.volumes?.map((volume) => volume.split(':')[0] ?? '');
    expect(sources?.filter((source) => !existsSync(join(dapr, 'compose', source)))).toEqual([]);
    expect(sources).toHaveLength(2);
  });
});

it("compose's configuration is that of a single machine, with traces to its own Zipkin", async () => {
  const single = await read<Configuration>('configuration.yaml');
  const { spec } = await read<Configuration>('compose/configuration.yaml');
  const { tracing, ...rest } = spec;
  delete single.spec.tracing;
  expect(rest).toEqual(single.spec);
  const { services: composed } = await read<Compose>('compose/compose.yaml');
  const host = new URL(tracing?.zipkin.endpointAddress ?? '').hostname;
  expect(Object.keys(composed)).toContain(host);
});
