import type { FastifyError, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';

/** One wrong field, described as pydantic describes it. */
const ValidationProblem = Type.Object({
  type: Type.String({ examples: ['missing'] }),
  loc: Type.Array(Type.Union([Type.String(), Type.Integer()]), {
    examples: [['body', 'text']],
  }),
  msg: Type.String({ examples: ['Field required'] }),
  input: Type.Unknown(),
});
type ValidationProblem = Static<typeof ValidationProblem>;

/** The body of a 422. */
export const ValidationErrorBody = Type.Object({
  detail: Type.Array(ValidationProblem),
});

type SchemaError = NonNullable<FastifyError['validation']>[number] & {
  data?: unknown;
  parentSchema?: { format?: string };
};

const locations: Record<string, string> = {
  querystring: 'query',
  params: 'path',
  body: 'body',
};

const missingBody: ValidationProblem[] = [
  { type: 'missing', loc: ['body'], msg: 'Field required', input: null },
];

/** More than a body within the schema's own limits can have; a longer list is not gone through. */
const maxProblems = 64;

/**
 * What is wrong with a request, one entry for each wrong field.
 * Undefined where the error is not about the request's content.
 */
export function validationDetail(
  error: Partial<FastifyError>,
  request: FastifyRequest,
): ValidationProblem[] | undefined {
  switch (error.code) {
    case 'FST_ERR_VALIDATION':
      if (error.validationContext === 'body' && request.body === undefined) return missingBody;
      return fieldProblems(error.validation ?? [], locations[error.validationContext ?? ''] ?? '');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return missingBody;
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return [
        {
          type: 'json_invalid',
          loc: ['body'],
          msg: 'JSON decode error',
          input: {},
        },
      ];
    case 'FST_ERR_BAD_URL':
      return [
        {
          type: 'string_unicode',
          loc: ['path'],
          msg: 'Input should be a valid string, unable to parse raw data as a unicode string',
          input: request.url,
        },
      ];
    default:
      return undefined;
  }
}

function fieldProblems(errors: SchemaError[], location: string): ValidationProblem[] {
  const problems = new Map<string, ValidationProblem>();
  for (const error of errors) {
    // A field that may be null is `anyOf [schema, null]`: only what the schema says is of use.
    if (error.keyword === 'anyOf' || error.params['type'] === 'null') continue;
    const path = error.instancePath.split('/').slice(1).map(unescapePointer);
    if (error.keyword === 'required') path.push(String(error.params['missingProperty']));
    const loc = [location, ...path.map((key) => (/^\d+$/.test(key) ? Number(key) : key))];
    const key = JSON.stringify(loc);
    if (problems.has(key)) continue;
    if (problems.size === maxProblems) break;
    const input = error.data ?? null;
    problems.set(
      key,
      error.data === undefined
        ? { type: 'missing', loc, msg: 'Field required', input }
        : { ...describe(error), loc, input },
    );
  }
  return [...problems.values()];
}

/** JSON Pointer's escapes, RFC 6901. */
function unescapePointer(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** pydantic's names and sentences, https://docs.pydantic.dev/latest/errors/validation_errors/ */
function describe({ keyword, params, message, data, parentSchema }: SchemaError): {
  type: string;
  msg: string;
} {
  const limit = params['limit'];
  switch (keyword) {
    case 'required':
      return { type: 'missing', msg: 'Field required' };
    case 'type':
      if (parentSchema?.format === 'date-time') {
        return {
          type: 'datetime_type',
          msg: 'Input should be a valid datetime',
        };
      }
      if (params['type'] === 'array') {
        return { type: 'list_type', msg: 'Input should be a valid list' };
      }
      if (params['type'] === 'object') {
        return {
          type: 'model_attributes_type',
          msg: 'Input should be a valid dictionary or object to extract fields from',
        };
      }
      return { type: 'string_type', msg: 'Input should be a valid string' };
    case 'format':
      return {
        type: 'datetime_from_date_parsing',
        msg: 'Input should be a valid datetime or date',
      };
    case 'minLength':
      return {
        type: 'string_too_short',
        msg: `String should have at least ${limit} character`,
      };
    case 'maxLength':
      return {
        type: 'string_too_long',
        msg: `String should have at most ${limit} characters`,
      };
    case 'maxItems': {
      const length = Array.isArray(data) ? data.length : 0;
      return {
        type: 'too_long',
        msg: `List should have at most ${limit} items after validation, not ${length}`,
      };
    }
    case 'pattern':
      return {
        type: 'string_pattern_mismatch',
        msg: `String should match pattern '${params['pattern']}'`,
      };
    default:
      return { type: keyword, msg: message ?? 'Invalid input' };
  }
}
