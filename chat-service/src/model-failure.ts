import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { ContentFilterFinishReasonError, LengthFinishReasonError } from 'openai/error';
import { HttpError } from './errors.ts';
import { BodyTooLargeError } from './request-text.ts';

/**
 * The model gave no reply. Neither the message, which is the client's, nor the reason, which is
 * the log's, holds anything that the model said: that may quote a key or a prompt.
 */
export class ModelFailure extends HttpError {
  override name = 'ModelFailure';
  declare readonly reason: string;
}

/** Seconds, for a model that is overloaded and does not say for how long. */
const defaultRetryAfter = 5;

/** What it means to the client that the SDK threw. */
export function modelFailure(error: unknown): ModelFailure {
  // What a tool throws arrives as the cause of an error of the SDK.
  const own = causes(error).find((cause) => cause instanceof ModelFailure);
  if (own) return own;
  if (error instanceof LengthFinishReasonError) {
    return unusable('the reply was cut off at MODEL_MAX_OUTPUT_TOKENS');
  }
  if (error instanceof ContentFilterFinishReasonError) {
    return unusable("the model's content filter withheld the reply");
  }
  if (error instanceof APIConnectionTimeoutError) return tooLate('no answer in time');
  if (error instanceof APIConnectionError) {
    const reason = causes(error).find((cause) => cause instanceof BodyTooLargeError)
      ? 'the answer is too large'
      : `no answer: ${causes(error).map(codeOf).join(' < ')}`;
    return new ModelFailure(502, 'The model could not be reached', { reason });
  }
  if (error instanceof APIError && error.status !== undefined) return refusal(error);
  return unusable(`the answer is no chat completion (${codeOf(error)})`);
}

/** The model did not finish before the deadline. */
export function tooLate(reason: string): ModelFailure {
  return new ModelFailure(504, 'The model did not reply in time', { reason });
}

/** The model answered, with something that is no reply. */
export function unusable(reason: string): ModelFailure {
  return new ModelFailure(502, 'The model gave no usable reply', { reason });
}

/** The model answered with an error status: https://platform.openai.com/docs/guides/error-codes */
function refusal({ status, code, requestID, headers }: APIError): ModelFailure {
  // A code such as `insufficient_quota`; whatever else stands there may quote the request.
  const named = code && /^[a-z_]{1,64}$/.test(code) ? `, ${code}` : '';
  const reason = `status ${status}${named}${requestID ? `, ${requestID}` : ''}`;
  const retryAfter = parseRetryAfter(headers?.get('retry-after') ?? null);
  // 529 is how some compatible APIs say that they are overloaded.
  if (status === 429 || status === 503 || status === 529) {
    return new ModelFailure(503, 'The model is overloaded or its quota is used up', {
      reason,
      retryAfter: retryAfter ?? defaultRetryAfter,
    });
  }
  if (status === 408 || status === 504) return tooLate(reason);
  return new ModelFailure(502, 'The model refused the request or failed', {
    reason,
  });
}

/** Seconds of a `Retry-After`, which is a number of them or a date (RFC 9110, 10.2.3). */
function parseRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const seconds = /^\d+(?:\.\d+)?$/.test(value)
    ? Number(value)
    : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 1), 3600) : undefined;
}

function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
