import Type, { type Static, type TObject } from 'typebox';
import { Value } from 'typebox/value';

/** The environment does not allow this service to start; the message names every wrong variable. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';

  constructor(problems: string[]) {
    super(`The configuration is not usable:\n${problems.map((p) => `  ${p}`).join('\n')}`);
  }
}

/**
 * Reads the variables that `schema` names, turns numbers into numbers and fills in defaults.
 * A variable that is set but empty counts as not set.
 * @param alsoWrong says what is wrong with the variables together
 * @throws ConfigurationError that lists every wrong variable; values marked `writeOnly` are not shown
 */
export function readEnvironment<Schema extends TObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
  alsoWrong: (given: Record<string, unknown>) => string[] = () => [],
): Static<Schema> {
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(schema.properties).flatMap(([name, property]) => {
      const text = env[name]?.trim();
      if (!text) return [];
      // Whole numbers only: TypeBox's own conversion makes 1 of "true" and 8000 of "8000.5".
      return [[name, Type.IsInteger(property) && /^-?\d+$/.test(text) ? Number(text) : text]];
    }),
  );
  const value: unknown = Value.Default(schema, given);
  const together = alsoWrong(given);
  if (together.length === 0 && Value.Check(schema, value)) return value;
  const problems = [...Value.Errors(schema, value)].map((error) => {
    const name = error.instancePath.slice(1);
    const property = schema.properties[name] as {
      writeOnly?: boolean;
      description?: string;
    };
    const shown = property?.writeOnly ? '' : ` (it is ${JSON.stringify(env[name])})`;
    const problem =
      error.keyword === 'enum'
        ? `must be one of ${error.params.allowedValues.join(', ')}`
        : error.message;
    return `${name} ${problem}${shown}: ${property?.description}`;
  });
  throw new ConfigurationError([...problems, ...together]);
}
