import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../live/ports.ts';
import { statusOf, waitUntil } from '../../live/sidecar-process.ts';
import { buildImage, services } from '../build.ts';
import { folderSize } from '../folder-size.ts';
import { layOutImage, startImage } from '../image-process.ts';

const isRoot = process.getuid?.() === 0;
const limits = { bytes: 60e6, files: 6000 };

describe.each(services)('the image of %s', (service) => {
  let work = '';
  let root = '';

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'image-test-'));
    root = join(work, 'root');
    const image = join(work, 'image');
    // Nothing is fetched: what the workspace has installed is in pnpm's store.
    const env = { ...process.env, pnpm_config_offline: 'true' };
    await buildImage({ service, folder: image, env });
    await layOutImage(image, root);
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  it('stays small, Node not counted', async () => {
    const { bytes, files } = await folderSize(join(root, 'app'));
    expect(bytes).toBeLessThan(limits.bytes);
    expect(files).toBeLessThan(limits.files);
  });

  it('holds the source of this service alone, and no packages of development', async () => {
    const manifest = JSON.parse(await readFile(join(root, 'app/package.json'), 'utf8'));
    expect(manifest.name).toBe(service);
    const lock = await readFile(join(root, 'app/node_modules/.pnpm/lock.yaml'), 'utf8');
    expect(lock).toContain('fastify@');
    for (const name of ['vitest', 'nock', 'typescript', 'pnpm', ...services]) {
      expect(lock).not.toMatch(new RegExp(`^  '?${name}@`, 'm'));
    }
  });

  it.skipIf(!isRoot)(
    'serves from a read-only file system without privileges, and stops on SIGTERM',
    async () => {
      const [port = 0] = await freePorts(1);
      const child = startImage(root, {
        APP_PORT: String(port),
        OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
        NODE_ENV: 'production',
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      const exited = once(child, 'exit');
      try {
        const url = `http://127.0.0.1:${port}`;
        await waitUntil(`${service} answers`, async () => {
          if (child.exitCode !== null) throw new Error(`${service} ended:\n${output}`);
          return (await statusOf(`${url}/health`)) === 200;
        });
        expect(await statusOf(`${url}/docs/`)).toBe(200);
        const script = await fetch(`${url}/docs/static/swagger-ui-bundle.js`);
        expect((await script.text()).length).toBeGreaterThan(1_000_000);
        const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
        expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
        expect(status).toMatch(/^CapEff:\t0+$/m);
        const mounts = await readFile(`/proc/${child.pid}/mountinfo`, 'utf8');
        // Seen from inside, its root is all that is mounted.
        expect(mounts).toMatch(/^\S+ \S+ \S+ \S+ \/ ro,\S+ [^\n]*\n$/);
        child.kill('SIGTERM');
        expect(await exited).toEqual([0, null]);
      } finally {
        child.kill('SIGKILL');
        await exited;
      }
    },
  );
});
