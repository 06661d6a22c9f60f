import { type Deployment, type Server, startAnalytics, startDeployment } from './deployment.ts';
import { knownCounts } from './load.ts';
import { createSection, type Section } from './measures.ts';
import type { Run } from './run.ts';
import { measureSideBySide, measureStarts, type Subject } from './side-by-side.ts';

const bareName = 'bare node:http';
const serviceName = 'analytics-service';

/** analytics-service beside a bare server: asked directly, and as it is used, through two sidecars. */
export async function measureAnalytics(run: Run): Promise<Section[]> {
  const { processes, daprd, deployment } = run;
  const direct = createSection('GET /analytics/<user>, directly', [bareName, serviceName]);
  const start = (kind: 'bare' | 'shipped') => () => startAnalytics(processes, kind);
  const bare = await measureStarts(run, direct, bareName, start('bare'));
  const service = await measureStarts(run, direct, serviceName, start('shipped'));
  await measureSideBySide(run, direct, [
    directSubject(bareName, bare, deployment),
    directSubject(serviceName, service, deployment),
  ]);
  await Promise.all([bare.stop(), service.stop()]);

  const invoked = createSection('GET /analytics/<user>, through two sidecars', direct.subjects);
  const bareDeployment = await startDeployment(processes, { daprd, kind: 'bare' });
  await measureSideBySide(run, invoked, [
    invokedSubject(bareName, bareDeployment, {}),
    invokedSubject(serviceName, deployment, { analytics: true }),
  ]);
  await bareDeployment.stop();
  return [direct, invoked];
}

function directSubject(name: string, app: Server, deployment: Deployment): Subject {
  const target = { app, origin: app.origin, deployment, sidecars: false, through: {} };
  return { name, target, exchanges: knownCounts() };
}

function invokedSubject(
  name: string,
  deployment: Deployment,
  through: { analytics?: boolean },
): Subject {
  const [app] = deployment.analytics;
  if (!app) throw new Error('The deployment has no analytics-service');
  const target = { app, origin: deployment.caller.origin, deployment, sidecars: true, through };
  return { name, target, exchanges: knownCounts(`/v1.0/invoke/${deployment.appId}/method`) };
}
