import { Environment as AnalyticsEnvironment } from '../../analytics-service/src/config.ts';
import { Environment as ChatEnvironment } from '../../chat-service/src/config.ts';

/** Markdown tables of every variable, keyed by service, as the services' own schemas have them. */
export function configurationTables(): Record<string, string> {
  return {
    'chat-service': table(ChatEnvironment.properties),
    'analytics-service': table(AnalyticsEnvironment.properties),
  };
}

/** Replaces what stands between `<!-- configuration of NAME -->` and `<!-- end -->`. */
export function withConfigurationTables(markdown: string): string {
  let text = markdown;
  for (const [name, rows] of Object.entries(configurationTables())) {
    const place = new RegExp(`(?<=<!-- configuration of ${name} -->\n)[\\s\\S]*?(?=<!-- end -->)`);
    if (!place.test(text)) throw new Error(`The text has no place for ${name}'s configuration`);
    text = text.replace(place, () => `${rows}\n`);
  }
  return text;
}

function table(properties: Record<string, object>): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const { default: value, description } = schema as { default?: unknown; description?: string };
    const shown = value === undefined ? '' : `\`${value}\``;
    return `| \`${name}\` | ${shown} | ${description}${allowed(schema)} |`;
  });
  return ['| Variable | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function allowed(schema: object): string {
  const {
    enum: values,
    minimum,
    maximum,
  } = schema as {
    enum?: string[];
    minimum?: number;
    maximum?: number;
  };
  if (values) return `: ${values.map((value) => `\`${value}\``).join(', ')}`;
  return minimum === undefined ? '' : ` (${minimum} to ${maximum})`;
}
