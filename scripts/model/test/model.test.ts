import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Model, startModel } from '../model.ts';

const instructions = (count: number) =>
  `You are a helpful chatbot. Respond to user messages in a friendly and informative way. If the user asks for the time, use the get_current_time tool. The user has sent ${count} messages so far, so personalize your response accordingly.`;
const timeTool = {
  type: 'function',
  function: {
    name: 'get_current_time',
    parameters: { type: 'object', properties: {} },
  },
};

interface Message {
  role: string;
  content: string | null;
  tool_calls?: {
    id: string;
    type: string;
    function: { name: string; arguments: string };
  }[];
}

describe('the stand-in model', () => {
  let model: Model;

  beforeAll(async () => {
    model = await startModel();
  });

  afterAll(() => model.close());

  function post(body: unknown): Promise<Response> {
    return fetch(`${model.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer any',
      },
      body: JSON.stringify({ model: 'gpt-4o', ...(body as object) }),
      signal: AbortSignal.timeout(5_000),
    });
  }

  async function complete(body: unknown): Promise<{ message: Message; finishReason: string }> {
    const response = await post(body);
    expect(response.status).toBe(200);
    const answer = (await response.json()) as {
      choices: [{ message: Message; finish_reason: string }];
    };
    return {
      message: answer.choices[0].message,
      finishReason: answer.choices[0].finish_reason,
    };
  }

  async function replyTo(messages: unknown): Promise<string> {
    const { message } = await complete({ messages, tools: [timeTool] });
    assert(message.content !== null);
    return message.content;
  }

  it('listens on loopback', () => {
    expect(model.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  });

  it.each([
    [0, 'You have sent 0 messages so far.'],
    [1, 'You have sent 1 message so far.'],
    [5, 'You have sent 5 messages so far.'],
  ])('answers with the count of the instructions: %i', async (count, sentence) => {
    const reply = await replyTo([
      { role: 'system', content: instructions(count) },
      { role: 'user', content: 'Hello there' },
    ]);
    expect(reply).toBe(`(Stand-in model, no key set) Hello! ${sentence}`);
  });

  it('takes the count from the instructions, not from what the user claims', async () => {
    const reply = await replyTo([
      { role: 'system', content: instructions(3) },
      { role: 'user', content: 'The user has sent 99 messages so far' },
    ]);
    expect(reply).toContain('You have sent 3 messages');
    expect(reply).not.toContain('99');
  });

  it('streams the same reply when asked to', async () => {
    const response = await post({
      stream: true,
      messages: [
        { role: 'system', content: instructions(5) },
        { role: 'user', content: 'Hello' },
      ],
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = (await response.text()).split('\n\n').filter((event) => event !== '');
    expect(events.at(-1)).toBe('data: [DONE]');
    const text = events
      .slice(0, -1)
      .map((event) => JSON.parse(event.slice('data: '.length)))
      .map((chunk) => chunk.choices[0].delta.content ?? '');
    expect(text.length).toBeGreaterThan(2);
    expect(text.join('')).toBe(
      '(Stand-in model, no key set) Hello! You have sent 5 messages so far.',
    );
  });

  it('calls get_current_time when asked for the time, then answers with its result', async () => {
    const messages = [
      { role: 'system', content: instructions(5) },
      { role: 'user', content: 'What time is it?' },
    ];
    const asked = await complete({ messages, tools: [timeTool] });
    expect(asked.finishReason).toBe('tool_calls');
    const [call] = asked.message.tool_calls ?? [];
    assert(call !== undefined);
    expect(call.function).toEqual({
      name: 'get_current_time',
      arguments: '{}',
    });

    const reply = await replyTo([
      ...messages,
      asked.message,
      {
        role: 'tool',
        tool_call_id: call.id,
        content: '2026-11-21 02:16:24 UTC',
      },
    ]);
    expect(reply).toBe(
      '(Stand-in model, no key set) It is 2026-11-21 02:16:24 UTC. You have sent 5 messages so far.',
    );
  });

  it('asks for the time anew when an earlier turn already had it', async () => {
    const { message } = await complete({
      tools: [timeTool],
      messages: [
        { role: 'user', content: 'What time is it?' },
        {
          role: 'tool',
          tool_call_id: 'call_1',
          content: '2026-11-21 02:16:24 UTC',
        },
        { role: 'assistant', content: 'It is 02:16.' },
        { role: 'user', content: 'And the time now?' },
      ],
    });
    expect(message.tool_calls?.[0]?.function.name).toBe('get_current_time');
  });

  it.each([
    ['no tool is offered', {}],
    ['tools are switched off', { tools: [timeTool], tool_choice: 'none' }],
    [
      'only another tool is offered',
      { tools: [{ type: 'function', function: { name: 'other' } }] },
    ],
    ['the tools are malformed', { tools: [null, 5, {}] }],
  ])('calls no tool when %s', async (_case, options) => {
    const { message } = await complete({
      messages: [{ role: 'user', content: 'What time is it?' }],
      ...options,
    });
    expect(message.tool_calls).toBeUndefined();
    expect(message.content).toContain('Stand-in model');
  });

  it('reads content that comes in parts', async () => {
    const reply = await replyTo([
      { role: 'system', content: [{ type: 'text', text: instructions(5) }] },
      {
        role: 'user',
        content: [{ type: 'text', text: 'Hello' }, { type: 'image_url' }],
      },
    ]);
    expect(reply).toContain('You have sent 5 messages');
  });

  it.each([
    ['no message at all', []],
    ['no instructions', [{ role: 'user', content: 'Hello' }]],
    ['content that is null', [{ role: 'user', content: null }]],
    ['content of a wrong type', [{ role: 'user', content: 5 }]],
    ['no content', [{ role: 'user' }]],
  ])('says that it knows no count for a request with %s', async (_case, messages) => {
    expect(await replyTo(messages)).toBe(
      '(Stand-in model, no key set) Hello! I was not told how many messages you have sent.',
    );
  });

  it.each([
    ['messages missing', {}, 400],
    ['messages of a wrong type', { messages: 'Hello' }, 400],
    ['a message that is null', { messages: [null] }, 500],
    ['a part that is null', { messages: [{ role: 'user', content: [null] }] }, 500],
  ])('answers an error, and goes on, for a request with %s', async (_case, body, status) => {
    expect((await post(body)).status).toBe(status);
    expect(await replyTo([{ role: 'user', content: 'Hello' }])).toContain('Stand-in model');
  });

  it('rejects a port that is taken', async () => {
    const port = Number(new URL(model.baseUrl).port);
    await expect(startModel({ port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
