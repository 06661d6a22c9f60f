import Type from 'typebox';

/**
 * A user id that arrives unchanged through two sidecars. daprd decodes the method path, cleans it
 * (`..`, `//`) and parses it again, so that an id with one of `/ \ ? # %`, a control character or
 * a dot segment would reach another route, or none; a lone surrogate has no UTF-8 form at all.
 * Length counts Unicode code points. The pattern means the same with and without JavaScript's
 * flag `u`: the services' validator sets it, Swagger UI's does not.
 */
export const UserId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern:
    '^(?!\\.{1,2}$)(?:[^/\\\\?#%\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]|[\\ud800-\\udbff][\\udc00-\\udfff])*$',
  description:
    '1 to 128 Unicode characters; none of / \\ ? # %, no control character, not "." or ".."',
  examples: ['alice'],
});
