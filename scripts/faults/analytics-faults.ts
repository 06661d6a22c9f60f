import type { FallbackReason } from '../../chat-service/src/message-count.ts';
import { type Part, restart } from './part.ts';
import { firstInstances, type System } from './system.ts';

/** Something that happens between chat-service and analytics, and is over again. */
export interface AnalyticsFault {
  fault: string;
  how: string;
  /** What `x-analytics` may say meanwhile; the status is 200 in any case. */
  seen: readonly ('ok' | FallbackReason)[];
  /** Milliseconds within which a client has its answer. */
  withinMs: number;
  begin(system: System): Promise<void>;
  end(system: System): Promise<void>;
}

/** chat-service's own deadline, and what a busy machine adds. */
const deadlineMs = 2500;

/** The policy's three attempts of 500 ms and two pauses of 50 ms, and what a busy machine adds. */
const policyMs = 2100;

/** The parts that each fault is about. */
function parts(system: System) {
  const { callee, caller } = firstInstances(system);
  return {
    analytics: callee.service,
    analyticsSidecar: callee.sidecar,
    chatSidecar: caller.sidecar,
  };
}

/** A client chats while parts are down and come up again. */
function restarted({
  pick,
  ...fault
}: Pick<AnalyticsFault, 'fault' | 'how' | 'seen'> & {
  pick(system: ReturnType<typeof parts>): Part[];
}): AnalyticsFault {
  let started: Promise<unknown> = Promise.resolve();
  return {
    ...fault,
    withinMs: deadlineMs,
    async begin(system) {
      const ended = pick(parts(system));
      await Promise.all(ended.map((part) => part.end('SIGTERM')));
      started = Promise.all(ended.map((part) => part.start()));
    },
    async end() {
      await started;
    },
  };
}

export const quickAnalyticsFaults: readonly AnalyticsFault[] = [
  {
    fault: 'analytics-service is killed',
    how: 'SIGKILL',
    seen: ['app-unreachable'],
    withinMs: policyMs,
    begin: (system) => parts(system).analytics.end(),
    end: (system) => parts(system).analytics.start(),
  },
  {
    fault: 'analytics-service hangs',
    how: 'SIGSTOP',
    seen: ['timeout'],
    withinMs: policyMs,
    begin: async (system) => parts(system).analytics.signal('SIGSTOP'),
    end: async (system) => parts(system).analytics.signal('SIGCONT'),
  },
  {
    fault: 'the sidecar of analytics-service is killed',
    how: 'SIGKILL',
    seen: ['app-unreachable'],
    withinMs: policyMs,
    begin: (system) => parts(system).analyticsSidecar.end(),
    end: (system) => parts(system).analyticsSidecar.start(),
  },
  {
    fault: 'the sidecar of chat-service is killed',
    how: 'SIGKILL',
    seen: ['sidecar-unreachable'],
    withinMs: 500,
    begin: (system) => parts(system).chatSidecar.end(),
    end: (system) => parts(system).chatSidecar.start(),
  },
  {
    fault: 'the sidecar of chat-service hangs',
    how: 'SIGSTOP',
    seen: ['timeout'],
    withinMs: deadlineMs,
    begin: async (system) => parts(system).chatSidecar.signal('SIGSTOP'),
    end: async (system) => parts(system).chatSidecar.signal('SIGCONT'),
  },
];

export const slowAnalyticsFaults: readonly AnalyticsFault[] = [
  {
    fault: 'the sidecar of analytics-service hangs',
    how: 'SIGSTOP',
    seen: ['timeout'],
    withinMs: policyMs,
    begin: async (system) => parts(system).analyticsSidecar.signal('SIGSTOP'),
    end: async (system) => parts(system).analyticsSidecar.signal('SIGCONT'),
  },
  restarted({
    fault: 'the sidecar of chat-service is restarted on the same port',
    how: 'SIGTERM, then a new process',
    seen: ['sidecar-unreachable', 'ok'],
    pick: ({ chatSidecar }) => [chatSidecar],
  }),
  restarted({
    fault: 'the sidecar of analytics-service is restarted on the same port',
    how: 'SIGTERM, then a new process',
    seen: ['app-unreachable', 'ok'],
    pick: ({ analyticsSidecar }) => [analyticsSidecar],
  }),
  restarted({
    fault: 'both sidecars are restarted together',
    how: 'SIGTERM, then new processes',
    seen: ['sidecar-unreachable', 'app-unreachable', 'timeout', 'ok'],
    pick: ({ chatSidecar, analyticsSidecar }) => [chatSidecar, analyticsSidecar],
  }),
  {
    fault: 'nobody announces the app id',
    how: 'both sidecars killed, that of chat-service started again',
    seen: ['timeout', 'app-not-found'],
    withinMs: policyMs,
    begin: async (system) => {
      const { analyticsSidecar, chatSidecar } = parts(system);
      await analyticsSidecar.end();
      await restart(chatSidecar);
    },
    end: (system) => parts(system).analyticsSidecar.start(),
  },
];
