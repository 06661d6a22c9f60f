import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { MessageCount } from './message-count.ts';
import type { ModelCall } from './model-call.ts';

/** What is counted of chats; no label holds anything that a user or the model wrote. */
export interface ChatMetrics {
  messageCount(count: MessageCount): void;
  modelCall(call: ModelCall): void;
}

/**
 * Adds the metrics of chats to `registry`.
 * @param chatsInFlight how many there are now
 * @param tools names of the tools that the model may call
 */
export function createChatMetrics(
  registry: Registry,
  { chatsInFlight, tools }: { chatsInFlight: () => number; tools: string[] },
): ChatMetrics {
  const registers = [registry];
  new Gauge({
    name: 'chats_in_flight',
    help: 'Chats that were accepted and have no answer yet',
    registers,
    collect() {
      this.set(chatsInFlight());
    },
  });
  const counts = new Counter({
    name: 'message_count_outcomes_total',
    help: 'Questions for a message count, by outcome: ok, or the reason of the fallback',
    labelNames: ['outcome'],
    registers,
  });
  const calls = new Histogram({
    name: 'model_call_duration_seconds',
    help: 'Calls of the model, by outcome; the count is that of calls',
    labelNames: ['outcome'],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const tokens = new Counter({
    name: 'model_tokens_total',
    help: 'Tokens that the model was sent (input) and wrote (output), as it says itself',
    labelNames: ['type'],
    registers,
  });
  const inputTokens = tokens.labels('input');
  const outputTokens = tokens.labels('output');
  const toolCalls = new Counter({
    name: 'tool_calls_total',
    help: 'Tools that the model wanted called; unknown where there is no such tool',
    labelNames: ['tool'],
    registers,
  });

  return {
    messageCount: ({ reason }) => counts.inc({ outcome: reason ?? 'ok' }),
    modelCall({ startedAt, endedAt, outcome, completion }) {
      calls.observe({ outcome }, (endedAt - startedAt) / 1000);
      if (!completion) return;
      inputTokens.inc(completion.inputTokens);
      outputTokens.inc(completion.outputTokens);
      for (const tool of completion.tools) {
        toolCalls.inc({ tool: tools.includes(tool) ? tool : 'unknown' });
      }
    },
  };
}
