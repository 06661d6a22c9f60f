import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { diagnoseManifests } from '../diagnose/diagnose-manifests.ts';
import {
  type Manifest,
  ManifestsUnreadable,
  parseManifests,
  readManifests,
} from '../diagnose/manifests.ts';
import { breakManifests, brokenManifests, type Deployment } from './broken-manifests.ts';

const base = fileURLToPath(new URL('../../../dapr/kubernetes/base', import.meta.url));
const cli = fileURLToPath(new URL('../diagnose/cli.ts', import.meta.url));

/** The base's objects as the overlays get them, but for what kustomize adds. */
async function baseManifests(): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const service of ['analytics-service', 'chat-service']) {
    const files = await readWithoutKustomization(join(base, service));
    manifests.push(...files);
  }
  return manifests.map((manifest) => ({
    ...manifest,
    metadata: { ...manifest.metadata, namespace: 'chat' },
  }));
}

async function readWithoutKustomization(folder: string): Promise<Manifest[]> {
  const names = (await readdir(folder)).filter((name) => name !== 'kustomization.yaml');
  const texts = names.map(async (name) =>
    parseManifests(await readFile(join(folder, name), 'utf8'), name),
  );
  return (await Promise.all(texts)).flat();
}

describe('what is wrong with manifests', () => {
  let manifests: Manifest[];
  beforeAll(async () => {
    manifests = await baseManifests();
  });

  it('nothing, as they are', () => {
    expect(diagnoseManifests(manifests)).toEqual([]);
  });

  it.each(brokenManifests)('$fault', (broken) => {
    const faults = diagnoseManifests(breakManifests(manifests, broken));
    expect(faults.map(({ where }) => where)).toContain('Deployment chat/chat-service');
    expect(faults.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(broken.message),
    );
  });

  it.each([
    ['enabled', 'false', /dapr\.io\/enabled is "false"/],
    ['app-id', 'chat.service', /no Service name can be made/],
    ['app-id', 'analytics-service', /as in Deployment chat\/analytics-service/],
    ['app-port', 'http', /which is no port/],
    ['something-new', '1', /dapr\.io\/something-new is nothing that Dapr reads.*remove it/],
    ['api-token-secret', 'app-api-token', /DAPR_API_TOKEN comes from Secret "dapr-api-token", but/],
  ])('dapr.io/%s: "%s"', (name, value, message) => {
    const change = (annotations: Record<string, string>) => {
      annotations[`dapr.io/${name}`] = value;
    };
    const faults = diagnoseManifests(breakManifests(manifests, { change }));
    expect(faults.map((fault) => fault.message)).toContainEqual(expect.stringMatching(message));
  });

  it('an annotation that is no text', () => {
    const broken = structuredClone(manifests);
    const chat = broken.find(({ kind }) => kind === 'Deployment') as unknown as Deployment;
    Object.assign(chat.spec.template.metadata.annotations, { 'dapr.io/app-port': 8001 });
    expect(diagnoseManifests(broken).map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/app-port is not text: write "8001" in quotes/),
    );
  });

  it('no use of Dapr at all', () => {
    expect(diagnoseManifests([])).toEqual([
      { where: 'these manifests', message: expect.stringContaining('nothing here uses Dapr') },
    ]);
  });
});

describe('a folder of manifests', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manifests-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function withFile(text: string): Promise<string> {
    const own = await mkdtemp(join(folder, 'case-'));
    await writeFile(join(own, 'all.yaml'), text);
    return own;
  }

  it.each([
    ['no YAML', 'a: [', /all\.yaml/],
    ['no manifest', 'a: 1', /without apiVersion, kind and metadata\.name/],
    ['nothing', '', /There is no manifest in/],
  ])('with %s is refused', async (_what, text, message) => {
    const error = await readManifests(await withFile(text), process.env).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ManifestsUnreadable);
    expect(String(error)).toMatch(message);
  });

  it('that is not there is refused', async () => {
    await expect(readManifests(join(folder, 'none'), process.env)).rejects.toThrow(
      ManifestsUnreadable,
    );
  });

  it('with a fault: the command names it and ends with 1; without one, with 0', async () => {
    const manifests = await baseManifests();
    const well = await withFile(manifests.map((manifest) => stringify(manifest)).join('---\n'));
    const { stdout } = await promisify(execFile)(process.execPath, [cli, '--manifests', well]);
    expect(stdout).toContain('nothing found');
    const [fault] = brokenManifests;
    if (fault === undefined) throw new Error('There is no broken manifest.');
    const texts = breakManifests(manifests, fault).map((manifest) => stringify(manifest));
    const ill = await withFile(texts.join('---\n'));
    const run = promisify(execFile)(process.execPath, [cli, '--manifests', ill]);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Deployment chat\/chat-service: dapr\.io\/appid/),
    });
  });

  it('the command wants a folder, and no other flag', async () => {
    for (const args of [[], ['--manifest', 'x']]) {
      const run = promisify(execFile)(process.execPath, [cli, ...args]);
      await expect(run).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Usage'),
      });
    }
  });
});
