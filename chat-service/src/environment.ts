import type { Static, TObject } from 'typebox';
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
 * @throws ConfigurationError that lists every wrong variable; values marked `writeOnly` are not shown
 */
export function readEnvironment<Schema extends TObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
): Static<Schema> {
  const given = Object.fromEntries(
    Object.keys(schema.properties)
      .map((name) => [name, env[name]?.trim()])
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const value: unknown = Value.Default(schema, Value.Convert(schema, given));
  if (Value.Check(schema, value)) return value;
  throw new ConfigurationError(
    [...Value.Errors(schema, value)].map(({ instancePath, message }) => {
      const name = instancePath.slice(1);
      const property = schema.properties[name] as {
        writeOnly?: boolean;
        description?: string;
      };
      const shown = property?.writeOnly ? '' : ` (it is ${JSON.stringify(env[name])})`;
      return `${name} ${message}${shown}: ${property?.description}`;
    }),
  );
}
