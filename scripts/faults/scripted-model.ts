import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A chat completion request, as far as the model looks at it. */
interface Completion {
  messages: { role: string; content?: string }[];
}

/** How the model treats a request: `turn` counts its own earlier answers in the conversation. */
export type Behaviour = (response: ServerResponse, turn: number) => void;

/** An OpenAI-compatible model that misbehaves on demand: what a user says selects how. */
export interface ScriptedModel {
  baseUrl: string;
  /** From now on, a user who says exactly this text meets this behaviour. */
  script(text: string, behaviour: Behaviour): void;
  /** Requests with this text so far. */
  received(text: string): number;
  /** Requests that were closed from the other side before they had their answer. */
  abandoned(text: string): number;
  listen(): Promise<void>;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** A model on this port of loopback that does not listen yet. */
export function createScriptedModel(port: number): ScriptedModel {
  const behaviours = new Map<string, Behaviour>();
  const received = new Map<string, number>();
  const abandoned = new Map<string, number>();
  const increment = (counts: Map<string, number>, text: string) => {
    counts.set(text, (counts.get(text) ?? 0) + 1);
  };

  const server = createServer(async (request, response) => {
    const { messages } = JSON.parse(await readText(request)) as Completion;
    const text = messages.find(({ role }) => role === 'user')?.content ?? '';
    increment(received, text);
    response.on('close', () => {
      if (!response.writableFinished) increment(abandoned, text);
    });
    const turn = messages.filter(({ role }) => role === 'assistant').length;
    const behaviour = behaviours.get(text);
    if (behaviour) behaviour(response, turn);
    else answer(response, message({ content: countReply(countIn(messages)) }));
  });

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    script: (text, behaviour) => behaviours.set(text, behaviour),
    received: (text) => received.get(text) ?? 0,
    abandoned: (text) => abandoned.get(text) ?? 0,
    async listen() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What the model says by itself: the count that reached it. */
export function countReply(count: number): string {
  return `You have sent ${count} messages.`;
}

/** Answers with a chat completion, or whatever else a test makes of one. */
export function answer(response: ServerResponse, completion: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(completion));
}

/** A chat completion with one choice. */
export function message(fields: object, finishReason = 'stop'): object {
  return {
    id: 'scripted',
    object: 'chat.completion',
    created: 0,
    model: 'scripted',
    choices: [{ index: 0, finish_reason: finishReason, message: { role: 'assistant', ...fields } }],
  };
}

/** A chat completion that calls a tool. */
export function toolCall(name: string, args = '{}'): object {
  const call = { id: 'call', type: 'function', function: { name, arguments: args } };
  return message({ content: null, tool_calls: [call] }, 'tool_calls');
}

function countIn(messages: Completion['messages']): number {
  const instructions = messages.find(({ role }) => role === 'system')?.content ?? '';
  return Number(/has sent (\d+) messages/.exec(instructions)?.[1] ?? Number.NaN);
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
