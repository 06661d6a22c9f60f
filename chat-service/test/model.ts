import { type ReceivedRequest, startJsonServer } from './local-server.ts';

interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

interface Answer {
  content: string | null;
  tool_calls?: ToolCall[];
}

/** What the service sends to a model, as far as the tests look at it. */
export interface ChatCompletionRequest {
  model: string;
  max_completion_tokens: number;
  messages: { role: string; content: string; tool_call_id?: string }[];
  tools: { type: string; function: { name: string; parameters: unknown } }[];
}

/** The body of a model's answer, as OpenAI's API gives it. */
export function completion(message: Answer, finish_reason = 'stop') {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_763_000_000,
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }],
  };
}

/** An answer that asks for a tool instead of replying. */
export function toolCall(name = 'get_current_time', args = '{}') {
  return completion(
    {
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name, arguments: args } }],
    },
    'tool_calls',
  );
}

/** What a request to the model asks for. */
export function asked({ body }: ReceivedRequest): ChatCompletionRequest {
  return JSON.parse(body);
}

/** A model whose reply is the instructions that it was given, and so shows the count in them. */
export async function startEchoModel() {
  const { url, requests } = await startJsonServer((request) =>
    completion({ content: asked(request).messages[0]?.content ?? '' }),
  );
  return { baseUrl: `${url}/v1`, requests };
}
