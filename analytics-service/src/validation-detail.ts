import type { FastifyError, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';

/** One wrong field, described as pydantic describes it. */
const ValidationProblem = Type.Object({
  type: Type.String({ examples: ['string_too_long'] }),
  loc: Type.Array(Type.String(), { examples: [['path', 'user_id']] }),
  msg: Type.String({ examples: ['String should have at most 128 characters'] }),
  input: Type.Unknown(),
});
type ValidationProblem = Static<typeof ValidationProblem>;

/** The body of a 422. */
export const ValidationErrorBody = Type.Object({
  detail: Type.Array(ValidationProblem),
});

/**
 * What is wrong with a request's path, one entry for each wrong field, in pydantic's words:
 * https://docs.pydantic.dev/latest/errors/validation_errors/
 * Undefined where the error is about something else.
 */
export function validationDetail(
  error: Partial<FastifyError>,
  request: FastifyRequest,
): ValidationProblem[] | undefined {
  if (error.code === 'FST_ERR_BAD_URL') {
    const msg = 'Input should be a valid string, unable to parse raw data as a unicode string';
    return [{ type: 'string_unicode', loc: ['path'], msg, input: request.url }];
  }
  return error.validation?.slice(0, 1).map(({ keyword, instancePath, params }) => {
    const field = instancePath.slice(1);
    const input = (request.params as Record<string, unknown>)[field];
    return { ...describe(keyword, params), loc: ['path', field], input };
  });
}

function describe(keyword: string, params: Record<string, unknown>): { type: string; msg: string } {
  switch (keyword) {
    case 'minLength':
      return {
        type: 'string_too_short',
        msg: `String should have at least ${params['limit']} character`,
      };
    case 'maxLength':
      return {
        type: 'string_too_long',
        msg: `String should have at most ${params['limit']} characters`,
      };
    default:
      return {
        type: 'string_pattern_mismatch',
        msg: `String should match pattern '${params['pattern']}'`,
      };
  }
}
