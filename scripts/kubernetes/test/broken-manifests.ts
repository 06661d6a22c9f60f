export interface Deployment {
  spec: { template: { metadata: { annotations: Record<string, string> } } };
}

export interface BrokenManifest {
  fault: string;
  /** Breaks the annotations of chat-service's pods. */
  change: (annotations: Record<string, string>) => void;
  /** What `diagnose` says of it. */
  message: RegExp;
}

/** Faults that an API server takes without a word. */
export const brokenManifests: readonly BrokenManifest[] = [
  {
    fault: 'a misspelt app-id',
    change: (annotations) => rename(annotations, 'app-id', 'appid'),
    message: /dapr\.io\/appid is nothing that Dapr reads.*is dapr\.io\/app-id meant/,
  },
  {
    fault: 'a misspelt app-port',
    change: (annotations) => rename(annotations, 'app-port', 'app-prot'),
    message: /dapr\.io\/app-prot is nothing that Dapr reads.*is dapr\.io\/app-port meant/,
  },
  {
    fault: "an app-port that is not the container's",
    change: (annotations) => {
      annotations['dapr.io/app-port'] = '8080';
    },
    message: /app-port is 8080, and no container has that port \(8000\)/,
  },
  {
    fault: 'a misspelt enabled',
    change: (annotations) => rename(annotations, 'enabled', 'enable'),
    message: /dapr\.io\/enabled is missing: the pod starts without a sidecar/,
  },
  {
    fault: 'the name of a Configuration that is not there',
    change: (annotations) => {
      annotations['dapr.io/config'] = 'chat-servcie';
    },
    message: /dapr\.io\/config is "chat-servcie", and namespace chat has no such Configuration/,
  },
  {
    fault: 'the name of a Secret that is not there',
    change: (annotations) => {
      annotations['dapr.io/api-token-secret'] = 'dapr-token';
    },
    message: /Secret "dapr-token" is neither in the manifests nor listed/,
  },
];

function rename(annotations: Record<string, string>, from: string, to: string): void {
  const value = annotations[`dapr.io/${from}`];
  if (value === undefined) throw new Error(`There is no dapr.io/${from} to misspell.`);
  delete annotations[`dapr.io/${from}`];
  annotations[`dapr.io/${to}`] = value;
}

/** The manifests with chat-service's annotations changed. */
export function breakManifests<T extends { kind: string; metadata: { name: string } }>(
  manifests: readonly T[],
  { change }: Pick<BrokenManifest, 'change'>,
): T[] {
  const broken = structuredClone([...manifests]);
  const chat = broken.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'chat-service',
  ) as (T & Partial<Deployment>) | undefined;
  if (chat?.spec === undefined) throw new Error('There is no Deployment chat-service.');
  change(chat.spec.template.metadata.annotations);
  return broken;
}
