import { LLMock } from '@copilotkit/aimock';
import { replyTo } from './reply.ts';

export interface Model {
  /** For OPENAI_BASE_URL, such as `http://127.0.0.1:4010/v1`. */
  baseUrl: string;
  close(): Promise<void>;
}

/**
 * Starts an OpenAI-compatible model that needs no key, on loopback only.
 * Without a port the system picks a free one. Rejects with EADDRINUSE where the port is taken.
 */
export async function startModel({ port = 0 }: { port?: number } = {}): Promise<Model> {
  // One journal entry: the default keeps a thousand conversations in memory.
  const server = new LLMock({ host: '127.0.0.1', port, journalMaxEntries: 1 });
  server.on({ predicate: () => true }, replyTo);
  const url = await server.start();
  return { baseUrl: `${url}/v1`, close: () => server.stop() };
}
