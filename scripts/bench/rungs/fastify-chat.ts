// The service's own copy, so that rungs B and C run one version of it.
import Fastify from '../../../chat-service/node_modules/fastify/fastify.js';
import { ChatRequest, ChatResponse } from '../../../chat-service/src/chat-message.ts';
import { createUpstreams, type RawChat } from './upstreams.ts';

// Rung B: what the framework adds. Its validation and serialisation with the service's schemas, and
// rung A's calls; no log, no deadline, no SDK.

const upstreams = createUpstreams(process.env);

const app = Fastify({ keepAliveTimeout: 600_000 });
app.get('/health', async () => ({ status: 'healthy' }));
app.post<{ Body: RawChat }>(
  '/chat/',
  { schema: { body: ChatRequest, response: { 200: ChatResponse } } },
  async (request, reply) => {
    const { answer, analytics } = await upstreams.chat(request.body);
    reply.header('x-analytics', analytics);
    return answer;
  },
);
await app.listen({ port: Number(process.env['APP_PORT']), host: '127.0.0.1' });
