import OpenAI, { APIUserAbortError } from 'openai';
import type { RunnableToolFunctionWithoutParse } from 'openai/lib/RunnableFunction';
import { Pool } from 'undici';
import type { ModelConfig } from './config.ts';
import { startDeadline } from './deadline.ts';
import { followModelCalls, type ModelCall, outcomeOf } from './model-call.ts';
import { modelFailure, tooLate, unusable } from './model-failure.ts';
import { poolFetch } from './model-fetch.ts';

/** Answers of the model for one reply: at most two calls of the tool, then the reply. */
const maxTurns = 3;

/** What the model may call. */
export const toolName = 'get_current_time';

/** Characters; the tool takes no arguments. */
const maxToolArguments = 256;

export interface Agent {
  /**
   * Lets the model answer a user's message.
   * @param signal aborted when the client has gone
   * @param onModelCall told of each call of the model that has ended
   * @throws ModelFailure, or what `signal` was aborted with
   */
  reply(message: {
    text: string;
    count: number;
    signal: AbortSignal;
    onModelCall?: ((call: ModelCall) => void) | undefined;
  }): Promise<string>;
  close(): Promise<void>;
}

/** The chatbot: one client and one pool of connections for the whole process. */
export function createAgent(config: ModelConfig): Agent {
  const pool = new Pool(new URL(config.baseUrl).origin, {
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const client = new OpenAI({
    apiKey: config.apiKey,
    baseURL: config.baseUrl,
    fetch: poolFetch(pool),
    timeout: config.timeoutMs,
    // One more try where the connection broke or the model failed (5xx), inside the deadline.
    maxRetries: 1,
    // Its debug level would log prompts.
    logLevel: 'off',
  });

  return {
    async reply({ text, count, signal, onModelCall }) {
      let failed: ReturnType<typeof followModelCalls> | undefined;
      const deadline = startDeadline(signal, config.timeoutMs);
      try {
        const run = client.chat.completions.runTools(
          {
            model: config.name,
            max_completion_tokens: config.maxOutputTokens,
            messages: [
              { role: 'system', content: instructions(count) },
              { role: 'user', content: text },
            ],
            tools: [getCurrentTime],
          },
          {
            signal: deadline.signal,
            maxChatCompletions: maxTurns,
          },
        );
        failed = onModelCall && followModelCalls(run, onModelCall);
        const { content, tool_calls } = await run.finalMessage();
        // At its cap of turns the runner ends without an error and without a reply.
        if (tool_calls?.length) throw unusable(`no reply after ${maxTurns} turns of tool calls`);
        if (typeof content !== 'string' || content === '') throw unusable('the reply is empty');
        return content;
      } catch (error) {
        if (signal.aborted) failed?.('client-gone');
        signal.throwIfAborted();
        const failure = deadline.expired()
          ? tooLate(`no reply in ${config.timeoutMs} ms`)
          : error instanceof APIUserAbortError
            ? tooLate('the run was aborted')
            : modelFailure(error);
        failed?.(outcomeOf(failure));
        throw failure;
      } finally {
        deadline.end();
      }
    },

    close: () => pool.destroy(),
  };
}

/** What the model is told; of the request only the validated count enters it. */
export function instructions(count: number): string {
  return `You are a helpful chatbot. Respond to user messages in a friendly and informative way. If the user asks for the time, use the get_current_time tool. The user has sent ${count} messages so far, so personalize your response accordingly.`;
}

const getCurrentTime: RunnableToolFunctionWithoutParse = {
  type: 'function',
  function: {
    name: toolName,
    description: 'Returns the current time in UTC.',
    parameters: { type: 'object', properties: {}, additionalProperties: false },
    function: (args: string) => {
      if (args.length > maxToolArguments) throw unusable('the tool arguments are too large');
      return formatTime(new Date());
    },
  },
};

/** `2026-11-21 02:16:24 UTC` */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
