import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAgent, formatTime, instructions } from '../src/agent.ts';
import { apiKey } from './build.ts';
import { startJsonServer } from './local-server.ts';
import { asked, completion, toolCall } from './model.ts';

afterEach(() => {
  vi.useRealTimers();
});

const signal = new AbortController().signal;

/** An agent whose model gives these answers, one after the other, and then the last one again. */
async function startAgent(...answers: unknown[]) {
  const model = await startJsonServer(() => answers[Math.min(requests.length, answers.length) - 1]);
  const { requests } = model;
  const agent = createAgent({
    apiKey,
    baseUrl: `${model.url}/v1`,
    name: 'a-model',
    timeoutMs: 20_000,
    maxOutputTokens: 77,
  });
  onTestFinished(() => agent.close());
  return {
    requests,
    reply: (text = 'Hello') => agent.reply({ text, count: 5, signal }),
    /** The messages of the nth request. */
    messages: (n: number) => requests.slice(n - 1, n).flatMap((request) => asked(request).messages),
  };
}

describe('the instructions', () => {
  it.each([0, 5, Number.MAX_SAFE_INTEGER])('are those of the contract, with %d', (count) => {
    expect(instructions(count)).toBe(
      `You are a helpful chatbot. Respond to user messages in a friendly and informative way. If the user asks for the time, use the get_current_time tool. The user has sent ${count} messages so far, so personalize your response accordingly.`,
    );
  });
});

describe('a request to the model', () => {
  it('holds the configured model and limit, the instructions, the text, and the tool', async () => {
    const { reply, requests } = await startAgent(completion({ content: 'Hi!' }));
    expect(await reply('What is "{count}"?\nAnd\u2028then?')).toBe('Hi!');
    expect(requests).toHaveLength(1);
    const [{ method, url, headers, body } = { headers: {}, body: '' }] = requests;
    expect(`${method} ${url}`).toBe('POST /v1/chat/completions');
    expect(headers.authorization).toBe(`Bearer ${apiKey}`);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toEqual({
      model: 'a-model',
      max_completion_tokens: 77,
      messages: [
        { role: 'system', content: instructions(5) },
        { role: 'user', content: 'What is "{count}"?\nAnd\u2028then?' },
      ],
      stream: false,
      tool_choice: 'auto',
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_current_time',
            description: 'Returns the current time in UTC.',
            parameters: { type: 'object', properties: {}, additionalProperties: false },
          },
        },
      ],
    });
  });

  it('goes to the base URL whether or not that ends with a slash', async () => {
    for (const end of ['', '/']) {
      const model = await startJsonServer(() => completion({ content: 'Hi!' }));
      const agent = createAgent({
        apiKey,
        baseUrl: `${model.url}/a/b${end}`,
        name: 'a-model',
        timeoutMs: 20_000,
        maxOutputTokens: 77,
      });
      onTestFinished(() => agent.close());
      await agent.reply({ text: 'Hello', count: 0, signal });
      expect(model.requests[0]?.url).toBe('/a/b/chat/completions');
    }
  });
});

describe('get_current_time', () => {
  it('gives the model the time, and the model the reply', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T02:16:24.999Z') });
    const { reply, messages } = await startAgent(
      toolCall(),
      completion({ content: 'Quarter past.' }),
    );
    expect(await reply('What time is it?')).toBe('Quarter past.');
    expect(messages(2)).toEqual([
      { role: 'system', content: instructions(5) },
      { role: 'user', content: 'What time is it?' },
      { role: 'assistant', content: null, tool_calls: [expect.objectContaining({ id: 'call_1' })] },
      { role: 'tool', tool_call_id: 'call_1', content: '2026-11-21 02:16:24 UTC' },
    ]);
  });

  it.each([
    ['2026-01-02T03:04:05.678Z', '2026-01-02 03:04:05 UTC'],
    ['2026-11-21T02:16:24+02:00', '2026-11-21 00:16:24 UTC'],
  ])('says %s as %s', (date, text) => {
    expect(formatTime(new Date(date))).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'now'],
    ['fields that it does not take', '{"zone":"Europe/Berlin"}'],
    ['256 characters', ' '.repeat(256)],
  ])('takes %s for its arguments', async (_case, args) => {
    const { reply, messages } = await startAgent(
      toolCall('get_current_time', args),
      completion({ content: 'Now.' }),
    );
    expect(await reply()).toBe('Now.');
    expect(messages(2).at(-1)?.content).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  });

  it.each([257, 500_000])('refuses arguments of %d characters', async (length) => {
    const { reply, requests } = await startAgent(toolCall('get_current_time', ' '.repeat(length)));
    await expect(reply()).rejects.toMatchObject({
      statusCode: 502,
      reason: 'the tool arguments are too large',
    });
    expect(requests).toHaveLength(1);
  });

  it('may be called twice at once', async () => {
    const call = toolCall().choices[0]?.message.tool_calls?.[0];
    if (!call) throw new Error('The answer calls no tool');
    const { reply, messages } = await startAgent(
      completion({ content: null, tool_calls: [call, { ...call, id: 'call_2' }] }, 'tool_calls'),
      completion({ content: 'Now.' }),
    );
    expect(await reply()).toBe('Now.');
    expect(messages(2).map((message) => message.tool_call_id)).toEqual([
      undefined,
      undefined,
      undefined,
      'call_1',
      'call_2',
    ]);
  });
});

describe('turns', () => {
  it('are two calls of the tool and a reply at most', async () => {
    const { reply, requests } = await startAgent(
      toolCall(),
      toolCall(),
      completion({ content: 'At last.' }),
    );
    expect(await reply()).toBe('At last.');
    expect(requests).toHaveLength(3);
  });

  it.each([
    ['the tool', toolCall()],
    ['a tool that there is not', toolCall('rm')],
    ['a tool named like a field of every object', toolCall('constructor')],
    [
      'a tool while it talks',
      completion({
        content: 'Let me see.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'get_current_time', arguments: '' } },
        ],
      }),
    ],
  ])('end after the third with a model that only ever calls %s', async (_case, answer) => {
    const { reply, requests } = await startAgent(answer);
    await expect(reply()).rejects.toMatchObject({
      statusCode: 502,
      message: 'The model gave no usable reply',
      reason: 'no reply after 3 turns of tool calls',
    });
    expect(requests).toHaveLength(3);
  });

  it('go on after a tool that there is not, and nothing is run for it', async () => {
    const { reply, messages } = await startAgent(
      toolCall('rm', '{"path":"/"}'),
      completion({ content: 'Sorry.' }),
    );
    expect(await reply()).toBe('Sorry.');
    expect(messages(2).at(-1)).toMatchObject({
      role: 'tool',
      content: expect.stringContaining('Invalid tool_call'),
    });
  });
});

describe('a model that gives no usable reply', () => {
  const cut = completion({ content: 'Once upon a' }, 'length');
  const withheld = completion({ content: 'x' }, 'content_filter');
  const choices = (value: unknown) => ({ ...completion({ content: '' }), choices: value });

  it.each<[string, unknown, string | RegExp]>([
    ['content null', completion({ content: null }), 'the reply is empty'],
    ['an empty content', completion({ content: '' }), 'the reply is empty'],
    [
      'a refusal',
      choices([{ message: { role: 'assistant', content: null, refusal: 'No.' } }]),
      'the reply is empty',
    ],
    [
      'a content in parts',
      choices([{ message: { role: 'assistant', content: [{ text: 'x' }] } }]),
      'the reply is empty',
    ],
    ['a reply that was cut off', cut, 'the reply was cut off at MODEL_MAX_OUTPUT_TOKENS'],
    ['a reply that was withheld', withheld, "the model's content filter withheld the reply"],
    ['no choices', choices([]), /no chat completion/],
    ['choices null', choices(null), /no chat completion/],
    ['a choice null', choices([null]), /no chat completion/],
    ['a choice without a message', choices([{}]), /no chat completion/],
    [
      'tool calls that are none',
      choices([{ message: { role: 'assistant', tool_calls: [null] } }]),
      /no chat completion/,
    ],
    [
      'a tool call without a function',
      choices([{ message: { role: 'assistant', tool_calls: [{ type: 'function' }] } }]),
      /no chat completion/,
    ],
    ['an empty object', {}, /no chat completion/],
    ['null', null, /no chat completion/],
    ['a list', [], /no chat completion/],
    ['a text', 'Hello!', /no chat completion/],
  ])('and answers with %s', async (_case, answer, reason) => {
    const { reply, requests } = await startAgent(answer);
    await expect(reply()).rejects.toMatchObject({
      statusCode: 502,
      message: 'The model gave no usable reply',
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
    expect(requests).toHaveLength(1);
  });
});
