import { createServer } from 'node:http';
import { createUpstreams, type RawChat } from './upstreams.ts';

// Rung A: what this platform can do. No schema, no log, no deadline, no framework.

const upstreams = createUpstreams(process.env);

const server = createServer((request, response) => {
  const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
    response
      .writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...headers,
      })
      .end(body);
  if (request.url === '/health') {
    answer(200, '{"status":"healthy"}');
    return;
  }
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', async () => {
    try {
      const chat = await upstreams.chat(JSON.parse(text) as RawChat);
      answer(200, JSON.stringify(chat.answer), { 'x-analytics': chat.analytics });
    } catch (error) {
      answer(500, JSON.stringify({ detail: String(error) }));
    }
  });
});
server.keepAliveTimeout = 600_000;
server.listen(Number(process.env['APP_PORT']), '127.0.0.1');
