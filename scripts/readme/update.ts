import { readFileSync, writeFileSync } from 'node:fs';
import { withConfigurationTables } from './configuration-table.ts';

/** Writes the services' variables into the README. */
const readme = new URL('../../README.md', import.meta.url);
writeFileSync(readme, withConfigurationTables(readFileSync(readme, 'utf8')));
