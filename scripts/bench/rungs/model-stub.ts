import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { replyFor } from '../load.ts';

// An OpenAI-compatible model that answers everything after the same time, with the count that its
// instructions hold. Its parent sets the time, and learns how many requests came since.

export interface StubOrder {
  latencyMs: number;
}

export interface StubReport {
  /** Requests since the order before. */
  received: number;
}

let latencyMs = 0;
let received = 0;

process.on('disconnect', () => process.exit());
process.on('message', (order: StubOrder) => {
  process.send?.({ received } satisfies StubReport);
  latencyMs = order.latencyMs;
  received = 0;
});

const server = createServer((request, response) => {
  received += 1;
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', async () => {
    const count = /has sent (\d+) messages/.exec(text)?.[1] ?? Number.NaN;
    const body = JSON.stringify({
      id: 'chatcmpl-benchmark',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'gpt-4o',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content: replyFor(Number(count)), refusal: null },
          logprobs: null,
        },
      ],
      usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
    });
    if (latencyMs > 0) await wait(latencyMs);
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
      .end(body);
  });
});
// Connections that wait for the next round stay.
server.keepAliveTimeout = 600_000;
server.listen(Number(process.env['APP_PORT']), '127.0.0.1');
