import { execFile } from 'node:child_process';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { cacheFolder } from '../../dapr-runtime/cache.ts';
import { hasCode } from '../../dapr-runtime/disk.ts';
import { allOnPath } from '../../dapr-runtime/executables.ts';
import { readPins } from '../build/programs.ts';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, unknown> };
  spec?: unknown;
}

/** The manifests cannot be read. The message is a sentence a person can act on. */
export class ManifestsUnreadable extends Error {
  override name = 'ManifestsUnreadable';
}

const renderDeadlineMs = 20_000;

/**
 * The objects of a folder: rendered, where it holds a kustomization, else of all YAML files in it.
 * Throws ManifestsUnreadable.
 */
export async function readManifests(folder: string, env: NodeJS.ProcessEnv): Promise<Manifest[]> {
  const found = await stat(folder).catch((cause: unknown) => {
    throw new ManifestsUnreadable(
      `${folder} cannot be read (${cause}): name a folder of manifests.`,
    );
  });
  if (!found.isDirectory()) throw new ManifestsUnreadable(`${folder} is a file: name its folder.`);
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name));
  if (names.some((name) => /^kustomization\.ya?ml$/.test(name))) {
    return parseManifests(await renderKustomization(folder, env), folder);
  }
  const texts = names.map(async (name) => {
    const path = join(folder, name);
    return parseManifests(await readFile(path, 'utf8'), path);
  });
  const manifests = (await Promise.all(texts)).flat();
  if (manifests.length > 0) return manifests;
  throw new ManifestsUnreadable(`There is no manifest in ${folder}: name a folder that has some.`);
}

/** Throws ManifestsUnreadable where a document is no YAML, or no Kubernetes object. */
export function parseManifests(text: string, source: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new ManifestsUnreadable(`${source}: ${error.message}`);
    const value: unknown = document.toJS();
    if (value === null) return [];
    if (isManifest(value)) return [value];
    throw new ManifestsUnreadable(
      `${source} holds something without apiVersion, kind and metadata.name: is it a manifest?`,
    );
  });
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const { apiVersion, kind, metadata } = value as Record<string, unknown>;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    typeof metadata === 'object' &&
    metadata !== null &&
    'name' in metadata &&
    typeof metadata.name === 'string'
  );
}

async function renderKustomization(folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const built = join(cacheFolder(env), (await readPins()).key, 'bin', 'kubectl');
  const [kubectl = await existing(built)] = await allOnPath('kubectl', env);
  if (kubectl === undefined) {
    throw new ManifestsUnreadable(
      `${folder} holds a kustomization, which kubectl renders, and there is no kubectl: install it (https://kubernetes.io/docs/tasks/tools/), or run pnpm test:kubernetes once, which builds it.`,
    );
  }
  const options = { timeout: renderDeadlineMs, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', folder], options).catch(
    (cause: { stderr?: string; message: string }) => {
      throw new ManifestsUnreadable(cause.stderr?.trim() || cause.message, { cause });
    },
  );
  return stdout;
}

async function existing(path: string): Promise<string | undefined> {
  try {
    await access(path);
    return path;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
