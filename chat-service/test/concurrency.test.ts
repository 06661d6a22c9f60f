import { describe, expect, it } from 'vitest';
import { build, postChat } from './build.ts';
import { startJsonServer, startServer } from './local-server.ts';
import { asked, completion, toolCall } from './model.ts';

const users = Array.from({ length: 60 }, (_, index) => ({
  user_id: `user-${index}`,
  count: index * 7,
}));

describe('60 users who chat at once', () => {
  it('each get a reply of their own count and text, in whatever order the model answers', async () => {
    // Both answer nobody before everybody has asked, and then the last first.
    const asking: (() => void)[] = [];
    const sidecar = await startServer(({ url }, response) => {
      const user = users.find(({ user_id }) => url.endsWith(`/${user_id}`));
      asking.push(() => response.end(JSON.stringify({ message_count: user?.count })));
      if (asking.length === users.length) for (const next of asking.reverse()) next();
    });
    // Every third user's reply takes a call of the tool.
    const waiting: (() => void)[] = [];
    const model = await startServer((request, response) => {
      const [system, user, ...toolResults] = asked(request).messages;
      const index = Number(/\d+/.exec(user?.content ?? '')?.[0]);
      const callsTool = index % 3 === 0 && toolResults.length === 0;
      const answer = callsTool
        ? toolCall()
        : completion({ content: `${user?.content} | ${system?.content}` });
      response.setHeader('content-type', 'application/json');
      const send = () => response.end(JSON.stringify(answer));
      if (toolResults.length > 0) return send();
      waiting.push(send);
      if (waiting.length === users.length) for (const next of waiting.reverse()) next();
      return undefined;
    });
    const { app } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${model.url}/v1` },
    });
    await Promise.all(
      users.map(async ({ user_id, count }) => {
        const text = `I am ${user_id}.`;
        const response = await postChat(app, {
          user_id,
          text,
          metadata: { session_id: `session of ${user_id}` },
        });
        const { reply, ...rest } = response.json();
        expect(reply).toMatch(
          new RegExp(`^I am ${user_id}\\. \\| .* has sent ${count} messages so far`),
        );
        expect(rest).toMatchObject({
          user_id,
          metadata: { session_id: `session of ${user_id}` },
        });
      }),
    );
    expect(model.requests).toHaveLength(80);
  });

  it('do not wait for one whose count is slow to come', async () => {
    const slow = Promise.withResolvers<void>();
    const sidecar = await startServer(async ({ url }, response) => {
      if (url.endsWith('/slow')) await slow.promise;
      response.end('{"message_count":5}');
    });
    const model = await startJsonServer(() => completion({ content: 'Hi!' }));
    const { app } = await build({
      sidecar: { httpPort: sidecar.port },
      model: { baseUrl: `${model.url}/v1` },
    });
    const late = postChat(app, { user_id: 'slow' });
    const others = await Promise.all(users.map(({ user_id }) => postChat(app, { user_id })));
    expect(others.map(({ statusCode }) => statusCode)).toEqual(users.map(() => 200));
    slow.resolve();
    expect((await late).statusCode).toBe(200);
  });
});
