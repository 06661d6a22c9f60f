import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const dapr = fileURLToPath(new URL('../../../dapr', import.meta.url));

async function read<T>(path: string): Promise<T> {
  return parse(await readFile(`${dapr}/${path}`, 'utf8')) as T;
}

interface Policy {
  spec: Record<string, unknown>;
}

interface Configuration {
  spec: {
    accessControl: { policies?: { namespace: string }[] };
    mtls?: unknown;
    metrics: unknown;
  };
}

interface Deployment {
  spec: {
    template: {
      metadata: { annotations: Record<string, string> };
      spec: { containers: { ports: { containerPort: number }[] }[] };
    };
  };
}

interface MultiAppFile {
  apps: { appID: string; appPort: number }[];
}

const services = ['analytics-service', 'chat-service'];

describe("Kubernetes' manifests and the files of a single machine", () => {
  it('have the same resiliency policy', async () => {
    const single = await read<Policy>('resources/resiliency.yaml');
    const manifest = await read<Policy>('kubernetes/base/chat-service/resiliency.yaml');
    expect(manifest.spec).toEqual(single.spec);
  });

  it.each(services)(
    'have the same configuration for %s, but for the namespace',
    async (service) => {
      const { spec: single } = await read<Configuration>(`secure/${service}.yaml`);
      const { spec } = await read<Configuration>(`kubernetes/base/${service}/configuration.yaml`);
      for (const policy of single.accessControl.policies ?? []) policy.namespace = 'chat';
      // mTLS is part of Dapr's installation here.
      delete single.mtls;
      expect(spec).toEqual(single);
    },
  );

  it('have the same ports and app ids', async () => {
    const { apps } = await read<MultiAppFile>('dapr.yaml');
    for (const { appID, appPort } of apps) {
      const { spec } = await read<Deployment>(`kubernetes/base/${appID}/deployment.yaml`);
      const { metadata, spec: pod } = spec.template;
      expect(metadata.annotations).toMatchObject({
        'dapr.io/app-id': appID,
        'dapr.io/app-port': String(appPort),
      });
      expect(pod.containers[0]?.ports).toEqual([{ name: 'http', containerPort: appPort }]);
    }
    expect(apps.map(({ appID }) => appID).sort()).toEqual(services);
  });
});
