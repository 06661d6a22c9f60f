import Type from 'typebox';

/**
 * A user id that arrives unchanged through two sidecars. daprd decodes the method path, cleans it
 * (`..`, `//`) and parses it again, so that an id with one of `/ \ ? # %`, a control character or
 * a dot segment would reach another route, or none; a lone surrogate has no UTF-8 form at all.
 * Length counts Unicode code points.
 */
export const UserId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^(?!\\.{1,2}$)[^/\\\\?#%\\p{Cc}\\p{Cs}]*$',
  description:
    '1 to 128 Unicode characters; none of / \\ ? # %, no control character, not "." or ".."',
  examples: ['alice'],
});
