import { answer, type Behaviour, message, toolCall } from './scripted-model.ts';

/** A way in which the model fails, and what becomes of it. */
export interface ModelFault {
  fault: string;
  behaviour: Behaviour;
  status: number;
  retryAfter?: string;
  /** What the log's reason names; undefined where the chat succeeds in spite of it. */
  logged: RegExp | undefined;
  /** Milliseconds within which a client has its answer. */
  withinMs: number;
}

/** The model's deadline, and what a busy machine adds. */
const deadlineMs = 2200;

/** At once, and what a busy machine adds. */
const atOnceMs = 700;

/** After the one pause of up to 0.5 s before the client's one retry. */
const afterRetryMs = 1400;

/** The model answers with an error in OpenAI's shape. */
function refusal(status: number, headers: Record<string, string> = {}): Behaviour {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message: 'scripted', code: 'scripted' } }));
  };
}

/** The model answers with this completion in every turn. */
function always(completion: unknown): Behaviour {
  return (response) => answer(response, completion);
}

export const modelFaults: readonly ModelFault[] = [
  {
    fault: 'the model resets the connection',
    behaviour: (response) => response.destroy(),
    status: 502,
    logged: /no answer/,
    withinMs: afterRetryMs,
  },
  {
    fault: 'the model is silent',
    behaviour: () => {},
    status: 504,
    logged: /no reply in 1500 ms/,
    withinMs: deadlineMs,
  },
  {
    fault: 'the model is silent after the headers',
    behaviour: (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
    },
    status: 504,
    logged: /no reply in 1500 ms/,
    withinMs: deadlineMs,
  },
  {
    fault: 'the model is silent in the middle of its answer',
    behaviour: (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"choices":[{"index":0,');
    },
    status: 504,
    logged: /no reply in 1500 ms/,
    withinMs: deadlineMs,
  },
  {
    fault: 'the model answers 400',
    behaviour: refusal(400),
    status: 502,
    logged: /status 400/,
    withinMs: atOnceMs,
  },
  {
    fault: 'the model answers 401',
    behaviour: refusal(401),
    status: 502,
    logged: /status 401/,
    withinMs: atOnceMs,
  },
  {
    fault: 'the model answers 408',
    behaviour: refusal(408),
    status: 504,
    logged: /status 408/,
    withinMs: afterRetryMs,
  },
  {
    fault: 'the model answers 429 with Retry-After',
    behaviour: refusal(429, { 'retry-after': '7' }),
    status: 503,
    retryAfter: '7',
    logged: /status 429/,
    withinMs: atOnceMs,
  },
  {
    fault: 'the model answers 429 without Retry-After',
    behaviour: refusal(429),
    status: 503,
    retryAfter: '5',
    logged: /status 429/,
    withinMs: atOnceMs,
  },
  {
    fault: 'the model answers 500',
    behaviour: refusal(500),
    status: 502,
    logged: /status 500/,
    withinMs: afterRetryMs,
  },
  {
    fault: 'the model answers 503',
    behaviour: refusal(503),
    status: 503,
    retryAfter: '5',
    logged: /status 503/,
    withinMs: afterRetryMs,
  },
  {
    fault: 'the answer is not JSON',
    behaviour: (response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>');
    },
    status: 502,
    logged: /no chat completion/,
    withinMs: atOnceMs,
  },
  {
    fault: 'the answer is broken JSON',
    behaviour: (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"choices":');
    },
    status: 502,
    logged: /no chat completion/,
    withinMs: atOnceMs,
  },
  {
    fault: 'the answer has no choices',
    behaviour: always({ object: 'chat.completion', choices: [] }),
    status: 502,
    logged: /./,
    withinMs: atOnceMs,
  },
  {
    fault: 'the content is null',
    behaviour: always(message({ content: null })),
    status: 502,
    logged: /the reply is empty/,
    withinMs: atOnceMs,
  },
  {
    fault: 'the model calls an unknown tool',
    behaviour: always(toolCall('delete_everything')),
    status: 502,
    logged: /no reply after 3 turns/,
    withinMs: atOnceMs,
  },
  {
    fault: "the tool's arguments are no JSON",
    behaviour: (response, turn) =>
      answer(
        response,
        turn === 0 ? toolCall('get_current_time', '{no JSON') : message({ content: 'At noon.' }),
      ),
    status: 200,
    logged: undefined,
    withinMs: atOnceMs,
  },
  {
    fault: 'the model calls the tool again and again',
    behaviour: always(toolCall('get_current_time')),
    status: 502,
    logged: /no reply after 3 turns/,
    withinMs: atOnceMs,
  },
  {
    fault: 'the content filter withholds the reply',
    behaviour: always(message({ content: '' }, 'content_filter')),
    status: 502,
    logged: /content filter/,
    withinMs: atOnceMs,
  },
  {
    fault: 'the reply is cut off at its greatest length',
    behaviour: always(message({ content: 'Once upon a' }, 'length')),
    status: 502,
    logged: /cut off/,
    withinMs: atOnceMs,
  },
];
