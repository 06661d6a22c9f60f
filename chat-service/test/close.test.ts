import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { hangUpSignal } from '../src/hang-up.ts';
import { build, postChat } from './build.ts';
import { startServer } from './local-server.ts';
import { completion } from './model.ts';

describe('closing the service', () => {
  it('closes the connections to the sidecar and to the model', async () => {
    const closed: Promise<void>[] = [];
    const play = (body: object) =>
      startServer((_request, response) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        response.socket?.once('close', resolve);
        closed.push(promise);
        // Else undici would close the idle connection itself after 4 s.
        response.setHeader('keep-alive', 'timeout=600');
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(body));
      });
    const sidecar = await play({ message_count: 5 });
    const model = await play(completion({ content: 'Hi!' }));
    const { app } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${model.url}/v1` },
    });
    expect((await postChat(app)).statusCode).toBe(200);
    await app.close();
    expect(closed).toHaveLength(2);
    await Promise.all(closed);
  });
});

describe('hangUpSignal', () => {
  const response = () => new ServerResponse(new IncomingMessage(new Socket()));

  it('is aborted for a client that has already gone', () => {
    const raw = response();
    raw.destroy();
    expect(hangUpSignal({ raw }).aborted).toBe(true);
  });

  it('is not aborted while the client waits', () => {
    expect(hangUpSignal({ raw: response() }).aborted).toBe(false);
  });
});
