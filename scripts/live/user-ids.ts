import fc from 'fast-check';

const forbidden = /[/\\?#%\p{Cc}\p{Cs}]/u;

/** User ids as the contract allows them: generated from its words, not from the services' schema. */
export const acceptedUserIds = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 128 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 }),
    // What URLs, paths and headers give a meaning to.
    fc.string({
      unit: fc.constantFrom(...'.;:@&=+$,!*\'()~"<>[]{}|^` -_aé😀'),
      minLength: 1,
      maxLength: 128,
    }),
  )
  .filter((id) => !forbidden.test(id) && id !== '.' && id !== '..' && [...id].length <= 128);
