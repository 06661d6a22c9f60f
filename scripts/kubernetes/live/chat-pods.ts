import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kubectl } from '../kubectl.ts';
import { type Pod, type RunningPod, runPod } from '../pod-process.ts';
import { run, type StartedProcess, start, until } from '../process.ts';
import type { TestSettings } from './settings.ts';

const model = fileURLToPath(new URL('../../model/server.ts', import.meta.url));

/** Runs pods for real, the callees first: a callee waits for nobody. */
export async function runPods(
  { kubectl, folder, settings }: { kubectl: Kubectl; folder: string; settings: TestSettings },
  pods: readonly Pod[],
): Promise<Map<string, RunningPod>> {
  const running = new Map<string, RunningPod>();
  const byName = (one: Pod, other: Pod) => one.metadata.name.localeCompare(other.metadata.name);
  for (const pod of pods.toSorted(byName)) {
    const service = pod.metadata.annotations?.['dapr.io/app-id'] ?? '';
    const imageRoot = join(settings.images, service);
    const programs = { daprd: settings.daprd, imageRoot };
    running.set(pod.metadata.name, await runPod({ kubectl, folder }, pod, programs));
  }
  return running;
}

/** Starts the stand-in model where a pod finds it at localhost. */
export async function startModelIn(
  { network }: RunningPod,
  folder: string,
): Promise<StartedProcess> {
  const inPod = ['netns', 'exec', network];
  const started = start(`model-${network}`, 'ip', [...inPod, process.execPath, model], { folder });
  await until(
    'the model listens',
    async () => (await run('ip', [...inPod, 'ss', '-ltnH'])).includes(':4010'),
    { deadlineMs: 10_000, needs: [started] },
  );
  return started;
}

/** Sends a chat and returns its status and why the count is 0, if it is. */
export async function chat(
  { address }: RunningPod,
  user: string,
): Promise<{ status: number; analytics: string | null; reply: string }> {
  const response = await fetch(`http://${address}:8000/chat/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user_id: user, text: 'Hello' }),
    signal: AbortSignal.timeout(10_000),
  });
  const { reply } = (await response.json()) as { reply: string };
  return { status: response.status, analytics: response.headers.get('x-analytics'), reply };
}
