import {
  type Deployment,
  type Rung,
  rungNames,
  type Server,
  startDeployment,
} from './deployment.ts';
import { type ExpectedExchange, knownChats, unknownChats } from './load.ts';
import { createSection, type Section } from './measures.ts';
import type { Run } from './run.ts';
import { takeSample } from './sample.ts';
import {
  costs,
  measureSideBySide,
  measureStarts,
  recordClosed,
  recordLower,
  type Subject,
} from './side-by-side.ts';

/** What a person types, about. */
const greeting = 'Hello, how are you?';

/** How the title of their section begins. */
export const inFlightTitle = 'Chats in flight';

/** Rungs A, B and C side by side. */
export async function measureChat(run: Run): Promise<Section> {
  const rungs: Rung[] = ['A', 'B', 'C'];
  const names = rungs.map((rung) => rungNames[rung]);
  const section = createSection('POST /chat/ through two sidecars', names);
  const subjects: Subject[] = [];
  for (const rung of rungs) {
    const start = () => run.deployment.startRung(rung);
    const app = await measureStarts(run, section, rungNames[rung], start);
    subjects.push(chatSubject(run.deployment, rung, app, knownChats(greeting)));
  }
  await measureSideBySide(run, section, subjects);
  for (const { target } of subjects) await target.app.stop();
  return section;
}

/** How cost grows with chats in flight, each rung started anew for each number of them. */
export async function measureInFlight(run: Run): Promise<Section> {
  const { plan, deployment, generator, progress } = run;
  const names = plan.inFlightRungs.map((rung) => rungNames[rung]);
  const model = `a model of ${plan.inFlightModelMs} ms`;
  const section = createSection(`${inFlightTitle}, ${model}`, names);
  for (const count of plan.inFlight) {
    for (const rung of plan.inFlightRungs) {
      progress(`${count} in flight: ${rungNames[rung]}`);
      const app = await deployment.startRung(rung);
      const { name, target, exchanges } = chatSubject(deployment, rung, app, knownChats(greeting));
      const sample = await takeSample(
        { ...target, generator },
        {
          exchanges,
          loop: {
            kind: 'closed',
            connections: count,
            rampMs: plan.inFlightModelMs,
            durationMs: plan.inFlightModelMs * 1.5,
          },
        },
        plan.inFlightModelMs,
      );
      const { latency } = sample.report;
      recordLower(section, { subject: name, size: { count, of: 'in flight' } }, [
        ["p50 beyond the model's time", 'ms', latency.p50 - plan.inFlightModelMs],
        ["p99 beyond the model's time", 'ms', latency.p99 - plan.inFlightModelMs],
        ...costs(sample),
      ]);
      await app.stop();
    }
  }
  return section;
}

/** How cost grows with instances of analytics-service, and with the length of what a user sends. */
export async function measureSizes(run: Run): Promise<Section> {
  const { plan, processes, daprd } = run;
  const section = createSection('Sizes', [rungNames.A, rungNames.C]);
  for (const count of plan.instances) {
    const several = await startDeployment(processes, { daprd, instances: count });
    const of = count === 1 ? 'instance of analytics' : 'instances of analytics';
    await measureSize(
      { ...run, deployment: several },
      section,
      { count, of },
      knownChats(greeting),
    );
    await several.stop();
  }
  for (const count of plan.userIdLengths) {
    const of = count === 1 ? 'character of user id' : 'characters of user id';
    await measureSize(run, section, { count, of }, unknownChats(count, greeting));
  }
  for (const count of plan.textLengths) {
    const exchanges = knownChats('x'.repeat(count));
    await measureSize(run, section, { count, of: 'characters of text' }, exchanges);
  }
  return section;
}

async function measureSize(
  { deployment, plan, generator, progress }: Run,
  section: Section,
  size: { count: number; of: string },
  exchanges: ExpectedExchange[],
): Promise<void> {
  const subjects: Subject[] = [];
  for (const rung of ['A', 'C'] as const) {
    subjects.push(chatSubject(deployment, rung, await deployment.startRung(rung), exchanges));
  }
  for (let round = 0; round <= plan.rounds; round += 1) {
    for (const { name, target } of subjects) {
      progress(`${size.count} ${size.of}: ${name}`);
      const loop = { kind: 'closed', connections: 16, rampMs: 200, durationMs: 1500 } as const;
      const sample = await takeSample({ ...target, generator }, { exchanges, loop }, 0);
      // The first round warms up.
      if (round > 0) recordClosed(section, name, sample, size);
    }
  }
  for (const { target } of subjects) await target.app.stop();
}

function chatSubject(
  deployment: Deployment,
  rung: Rung,
  app: Server,
  exchanges: ExpectedExchange[],
): Subject {
  const through = { model: true, analytics: true };
  const target = { app, origin: app.origin, deployment, sidecars: true, through };
  return { name: rungNames[rung], target, exchanges };
}
