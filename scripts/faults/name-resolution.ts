import { execFileSync } from 'node:child_process';
import { waitUntil } from '../live/sidecar-process.ts';
import { restart } from './part.ts';
import { linesAbout } from './request-log.ts';
import { firstInstances, startSystem } from './system.ts';

// Runs in a network namespace of its own, whose loopback interface it takes multicast from: mDNS,
// which is how sidecars find each other, then reaches nobody. Prints a report as JSON.
const setLoopback = (...state: string[]) => execFileSync('ip', ['link', 'set', 'lo', ...state]);
setLoopback('up');
setLoopback('multicast', 'on');
execFileSync('ip', ['route', 'add', '224.0.0.0/4', 'dev', 'lo']);

const system = await startSystem();
try {
  setLoopback('multicast', 'off');
  // An address that is known already stays in use for a minute.
  const known = await system.chat('alice');
  await restart(firstInstances(system).caller.sidecar);
  const unknown = await system.chat('alice');
  const lines = await linesAbout(firstInstances(system).caller.service, unknown.requestId);
  const reasons = lines.flatMap(({ reason }) => reason ?? []);
  setLoopback('multicast', 'on');
  const end = performance.now();
  const isKnown = async () => (await system.chat('bob')).analytics === 'ok';
  await waitUntil('a chat knows its count again', isKnown);
  const recoveredInMs = performance.now() - end;
  console.log(JSON.stringify({ known, unknown, reasons, recoveredInMs }));
} finally {
  await system.stop();
}
