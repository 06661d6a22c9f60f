/** What one chat takes of each container, in milliseconds of CPU (`pnpm bench`; see SCALING.md). */
const cpuMs = {
  'chat-service': { app: 0.5, sidecar: 0.265 },
  'analytics-service': { app: 0.06, sidecar: 0.265 },
};
const modelSeconds = 3;
/** Of a container's one core: the autoscalers' target. */
const utilisation = 0.6;
/** Chats in flight that a pod of chat-service has memory for. */
const inFlightPerPod = 2000;
const fewestPods = 2;
const dollars = { coreHour: 0.03, chat: 0.0014 };

export interface Scale {
  chatsPerMinute: number;
  inFlight: number;
  chatPods: number;
  analyticsPods: number;
  /** All containers together, at the autoscalers' target. */
  cores: number;
  coresDollarsPerHour: number;
  modelDollarsPerHour: number;
}

/** What a rate of chats takes; each container has one core at most. */
export function scaleFor(chatsPerMinute: number): Scale {
  const perSecond = chatsPerMinute / 60;
  const coresOf = (ms: number) => (perSecond * ms) / 1000 / utilisation;
  const podsOf = (service: keyof typeof cpuMs) =>
    Math.max(fewestPods, Math.ceil(coresOf(Math.max(...Object.values(cpuMs[service])))));
  const inFlight = perSecond * modelSeconds;
  const all = Object.values(cpuMs).reduce((sum, { app, sidecar }) => sum + app + sidecar, 0);
  const cores = coresOf(all);
  return {
    chatsPerMinute,
    inFlight,
    chatPods: Math.max(podsOf('chat-service'), Math.ceil(inFlight / inFlightPerPod)),
    analyticsPods: podsOf('analytics-service'),
    cores,
    coresDollarsPerHour: cores * dollars.coreHour,
    modelDollarsPerHour: chatsPerMinute * 60 * dollars.chat,
  };
}

/** A row of SCALING.md's table. */
export function scaleRow(chatsPerMinute: number): string {
  const scale = scaleFor(chatsPerMinute);
  const number = (value: number, digits = 0) =>
    value.toLocaleString('en-GB', { maximumFractionDigits: digits });
  const cells = [
    number(chatsPerMinute),
    number(scale.inFlight),
    number(scale.chatPods),
    number(scale.analyticsPods),
    number(scale.cores, 2),
    `$${number(scale.coresDollarsPerHour, 3)}`,
    `$${number(scale.modelDollarsPerHour)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

if (import.meta.main) {
  const rate = Number(process.argv[2]);
  if (rate > 0 && Number.isFinite(rate)) console.log(scaleRow(rate));
  else {
    console.error('Usage: node scripts/kubernetes/scaling.ts <chats a minute>');
    process.exitCode = 2;
  }
}
