import type { ChatCompletionRequest, TextResponse, ToolCallResponse } from '@copilotkit/aimock';

const TIME_TOOL = 'get_current_time';
const LABEL = '(Stand-in model, no key set)';

/**
 * What the stand-in says to a chat completion request: the count that the instructions name, the
 * time by way of the tool that was offered, and always that it is a stand-in.
 */
export function replyTo(request: ChatCompletionRequest): TextResponse | ToolCallResponse {
  const { messages } = request;
  const question = messages.findLastIndex(({ role }) => role === 'user');
  const asksForTime = /\b(time|clock)\b/i.test(textOf(messages[question]?.content));
  const toolResult = messages.slice(question + 1).findLast(({ role }) => role === 'tool');

  if (asksForTime && toolResult === undefined && offersTimeTool(request)) {
    return { toolCalls: [{ name: TIME_TOOL, arguments: '{}' }] };
  }
  const time = toolResult === undefined ? 'Hello!' : `It is ${textOf(toolResult.content)}.`;
  return { content: `${LABEL} ${time} ${countSentence(messages)}` };
}

function countSentence(messages: ChatCompletionRequest['messages']): string {
  const instructions = messages
    .filter(({ role }) => role === 'system')
    .map(({ content }) => textOf(content))
    .join('\n');
  const count = /The user has sent (\d+) messages so far/.exec(instructions)?.[1];
  if (count === undefined) return 'I was not told how many messages you have sent.';
  return `You have sent ${count} ${count === '1' ? 'message' : 'messages'} so far.`;
}

function offersTimeTool({ tools, tool_choice: choice }: ChatCompletionRequest): boolean {
  if (choice === 'none' || !Array.isArray(tools)) return false;
  return tools.some((tool) => tool?.function?.name === TIME_TOOL);
}

// Requests come unchecked from any client, so their declared types are not relied on.
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => textOfPart(part)).join(' ');
}

function textOfPart(part: unknown): string {
  if (typeof part !== 'object' || part === null || !('text' in part)) return '';
  return typeof part.text === 'string' ? part.text : '';
}
