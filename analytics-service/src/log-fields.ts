/**
 * Characters of one field, so that no line comes near 64 KB: there Dapr's CLI stops reading what
 * its app prints, and the app stands still as soon as the pipe is full.
 */
const maxLength = 1500;

/** Errors of a chain of causes whose stacks are logged. */
const maxCauses = 3;

function cut(text: string): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength)}… (${text.length} characters)`;
}

function cutField(value: unknown): unknown {
  return typeof value === 'string' ? cut(value) : value;
}

function describeError(error: Error) {
  const stacks: string[] = [];
  let cause: unknown = error;
  while (cause instanceof Error && stacks.length < maxCauses) {
    stacks.push(cut(cause.stack ?? cause.message));
    cause = cause.cause;
  }
  return {
    type: error.name,
    message: cut(error.message),
    ...('code' in error && { code: cut(String(error.code)) }),
    stack: stacks.join('\ncaused by: '),
  };
}

/** How the fields whose length others decide are logged: https://getpino.io/#/docs/api?id=serializers-object */
export const serializers = {
  url: cutField,
  reason: cutField,
  detail: cutField,
  err: describeError,
};
