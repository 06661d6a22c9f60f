import { setTimeout as delay } from 'node:timers/promises';
import { type ChatAnswer, type ChatOptions, chat } from './chat-client.ts';

/** Chats at a steady rate, in the background, and what came of them. */
export interface Load {
  /** Whole answers so far. */
  answers: readonly ChatAnswer[];
  /** Chats that got none, as the messages of their errors. */
  failures: readonly string[];
  /** Sends no more, and waits for the answers that are due. */
  stop(): Promise<void>;
}

/** Takes what comes of a chat: its answer, or the error in place of one. */
export type Receiver<Chat> = (outcome: ChatAnswer | Error, sent: Chat) => void;

/** Starts a load, and keeps all that comes of it. */
export function startLoad(everyMs: number, next: (index: number) => ChatOptions): Load {
  const answers: ChatAnswer[] = [];
  const failures: string[] = [];
  const { stop } = sendSteadily(everyMs, next, (outcome) => {
    if (outcome instanceof Error) failures.push(outcome.message);
    else answers.push(outcome);
  });
  return { answers, failures, stop };
}

/**
 * Sends chats at a rate that does not slow down with the answers, up to a limit of those in
 * flight. They come at random (a Poisson process), since in lockstep with a policy's pauses each
 * retry would meet the same instance again.
 * @param everyMs milliseconds between two chats, on average
 */
export function sendSteadily<Chat extends ChatOptions>(
  everyMs: number,
  next: (index: number) => Chat,
  receive: Receiver<Chat>,
): { stop(): Promise<void> } {
  const pending = new Set<Promise<void>>();
  const stopped = new AbortController();

  const send = async (options: Chat) => {
    try {
      receive(await chat(options), options);
    } catch (error) {
      receive(error instanceof Error ? error : new Error(String(error)), options);
    }
  };
  const sending = (async () => {
    for (let index = 0; !stopped.signal.aborted; index += 1) {
      if (pending.size < maxInFlight) {
        const sent = send(next(index));
        pending.add(sent);
        void sent.then(() => pending.delete(sent));
      }
      const pause = -Math.log(1 - Math.random()) * everyMs;
      await delay(pause, undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();

  return {
    async stop() {
      stopped.abort();
      await sending;
      await Promise.all(pending);
    },
  };
}

/** Chats that wait for their answers at a time. */
const maxInFlight = 500;
