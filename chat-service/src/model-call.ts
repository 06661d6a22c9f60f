import type { ChatCompletionRunner } from 'openai/lib/ChatCompletionRunner';
import type { ModelFailure } from './model-failure.ts';

/** How a call of the model ended. */
export type ModelCallOutcome = 'ok' | 'failed' | 'overloaded' | 'timeout' | 'client-gone';

/** One call of the model, which has ended; a reply takes several where a tool is used. */
export interface ModelCall {
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt: number;
  outcome: ModelCallOutcome;
  /** Where the model answered. */
  completion?: {
    model: string;
    finishReason: string;
    inputTokens: number;
    outputTokens: number;
    /** Names of the tools that it wants called, as the model wrote them. */
    tools: string[];
  };
}

/**
 * Follows the calls that a run makes, and reports each as it ends.
 * @returns what the run's owner calls when the run has failed
 */
export function followModelCalls(
  run: ChatCompletionRunner<null>,
  report: (call: ModelCall) => void,
): (outcome: ModelCallOutcome) => void {
  let startedAt = Date.now();
  let isPending = true;
  const end = (call: Pick<ModelCall, 'outcome' | 'completion'>) => {
    isPending = false;
    report({ startedAt, endedAt: Date.now(), ...call });
  };
  run.on('chatCompletion', ({ model, usage, choices: [choice] }) => {
    end({
      outcome: 'ok',
      completion: {
        model,
        finishReason: choice?.finish_reason ?? 'unknown',
        inputTokens: usage?.prompt_tokens ?? 0,
        outputTokens: usage?.completion_tokens ?? 0,
        tools: (choice?.message.tool_calls ?? []).flatMap((call) =>
          call.type === 'function' ? [call.function.name] : [],
        ),
      },
    });
  });
  // The tool's result goes to the model at once, unless the run is at its last turn and ends.
  run.on('functionToolCallResult', () => {
    startedAt = Date.now();
    isPending = true;
  });
  run.on('finalMessage', () => {
    isPending = false;
  });
  return (outcome) => {
    if (isPending) end({ outcome });
  };
}

/** What a failure to reply means for the call of the model that was under way. */
export function outcomeOf({ statusCode }: ModelFailure): ModelCallOutcome {
  return statusCode === 503 ? 'overloaded' : statusCode === 504 ? 'timeout' : 'failed';
}
