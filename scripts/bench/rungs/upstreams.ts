import { Pool } from 'undici';

export interface RawChat {
  user_id: string;
  text: string;
  metadata?: { session_id?: string } | null;
}

/** The two calls that a chat takes, with nothing around them: raw HTTP over two pools. */
export function createUpstreams(env: NodeJS.ProcessEnv) {
  const sidecar = new Pool(`http://127.0.0.1:${env['DAPR_HTTP_PORT']}`);
  const baseUrl = new URL(`${env['OPENAI_BASE_URL']}`);
  const model = new Pool(baseUrl.origin, { headersTimeout: 0 });

  return {
    /** The answer to `POST /chat/` and the value of its `x-analytics`. */
    async chat({ user_id, text, metadata }: RawChat) {
      const count = await sidecar.request({
        method: 'GET',
        path: `/v1.0/invoke/${env['ANALYTICS_APP_ID']}/method/analytics/${encodeURIComponent(user_id)}`,
      });
      const { message_count = 0 } = (await count.body.json()) as { message_count?: number };
      const completion = await model.request({
        method: 'POST',
        path: `${baseUrl.pathname}/chat/completions`,
        headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
        body: JSON.stringify({
          model: 'gpt-4o',
          max_completion_tokens: 1024,
          messages: [
            { role: 'system', content: instructions(message_count) },
            { role: 'user', content: text },
          ],
          tools: [tool],
        }),
      });
      const { choices } = (await completion.body.json()) as {
        choices: { message: { content: string } }[];
      };
      return {
        analytics: count.statusCode === 404 ? 'fallback; reason=user-unknown' : 'ok',
        answer: {
          user_id,
          reply: choices[0]?.message.content ?? '',
          metadata: {
            timestamp: new Date().toISOString(),
            session_id: metadata?.session_id ?? '',
          },
        },
      };
    },
  };
}

// The words of chat-service, whose module would bring the SDK with it.
function instructions(count: number): string {
  return `You are a helpful chatbot. Respond to user messages in a friendly and informative way. If the user asks for the time, use the get_current_time tool. The user has sent ${count} messages so far, so personalize your response accordingly.`;
}

const tool = {
  type: 'function',
  function: {
    name: 'get_current_time',
    description: 'Returns the current time in UTC.',
    parameters: { type: 'object', properties: {}, additionalProperties: false },
  },
};
