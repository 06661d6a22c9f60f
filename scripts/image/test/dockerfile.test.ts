import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { services } from '../build.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFile(join(project, path), 'utf8');

async function instructions(service: string): Promise<string[]> {
  const text = await read(`${service}/Dockerfile`);
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/\s+/g, ' '));
}

function withKeyword(lines: string[], keyword: string): string[] {
  return lines.filter((line) => line.startsWith(`${keyword} `));
}

describe.each(services)("%s's Dockerfile", (service) => {
  it("starts from the project's own Node, in an exact version, and ends on nothing but its files", async () => {
    const { devDependencies } = JSON.parse(await read('package.json'));
    expect(withKeyword(await instructions(service), 'FROM')).toEqual([
      `FROM node:${devDependencies.node}-bookworm-slim AS build`,
      'FROM scratch',
    ]);
  });

  it('copies only what is there and what its ignore file lets through', async () => {
    const ignored = await read(`${service}/Dockerfile.dockerignore`);
    const allowed = ignored.split('\n').filter((line) => line.startsWith('!'));
    const sources = withKeyword(await instructions(service), 'COPY')
      .filter((line) => !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(allowed.map((line) => line.slice(1)).sort()).toEqual([...sources].sort());
    expect(sources.filter((source) => !existsSync(join(project, source)))).toEqual([]);
    expect(sources.filter((source) => source.endsWith('/src'))).toEqual([`${service}/src`]);
  });

  it('runs node itself, without a shell and without privileges', async () => {
    const lines = await instructions(service);
    expect(withKeyword(lines, 'RUN')).toEqual([
      `RUN ["node", "scripts/image/build.ts", "${service}", "/image"]`,
    ]);
    expect(withKeyword(lines, 'ENTRYPOINT')).toEqual([
      'ENTRYPOINT ["/usr/local/bin/node", "/app/src/server.ts"]',
    ]);
    expect(withKeyword(lines, 'USER')).toEqual(['USER 65532:65532']);
  });

  it('exposes the port of the multi-app file', async () => {
    const { apps } = parse(await read('dapr/dapr.yaml'));
    const app = apps.find(({ appID }: { appID: string }) => appID === service);
    expect(withKeyword(await instructions(service), 'EXPOSE')).toEqual([`EXPOSE ${app.appPort}`]);
  });
});

it("the services' Dockerfiles differ in names, ports and descriptions only", async () => {
  const [one = [], other = []] = await Promise.all(
    services.map(async (service) => {
      const lines = await instructions(service);
      return (
        lines
          .filter((line) => !line.startsWith('EXPOSE'))
          .map((line) => line.replace(/description="[^"]*"/, '').replaceAll(service, 'SERVICE'))
          // Both copy the manifests of both.
          .filter((line) => !line.includes('/package.json') || line.includes('--from='))
      );
    }),
  );
  expect(one).toEqual(other);
});
