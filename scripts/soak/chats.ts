import type { ChatAnswer, ChatOptions } from '../faults/chat-client.ts';
import { modelFaults } from '../faults/model-faults.ts';
import { deadlines } from '../faults/system.ts';

/** Milliseconds that a busy machine may add to both deadlines. */
const marginMs = 1500;

/** A chat and the status that it must be answered with. */
export interface PlannedChat extends ChatOptions {
  status: number;
}

/** The next chat: 19 of 20 are plain, the other meets a fault of the model's. */
export function planChat(random: () => number, port: number): PlannedChat {
  const users = ['alice', 'bob', `user-${Math.floor(random() * 1000)}`];
  const user = users[Math.floor(random() * users.length)] ?? 'alice';
  const fault = modelFaults[Math.floor(random() * modelFaults.length * 20)];
  return { port, user, text: fault?.fault ?? 'Hello', status: fault?.status ?? 200 };
}

/** What is wrong with an answer, if anything: the rule is that only the model makes a chat fail. */
export function problemOf(outcome: ChatAnswer | Error, sent: PlannedChat): string | undefined {
  if (outcome instanceof Error) return `no answer (${outcome.message})`;
  const { status, ms } = outcome;
  if (status !== sent.status) return `status ${status} instead of ${sent.status}`;
  const limit = deadlines.analyticsMs + deadlines.modelMs + marginMs;
  return ms > limit ? `an answer after more than ${limit} ms` : undefined;
}
