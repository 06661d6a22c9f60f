import { parseArgs } from 'node:util';
import { diagnoseManifests } from './diagnose-manifests.ts';
import { ManifestsUnreadable, readManifests } from './manifests.ts';

const usage = 'Usage: pnpm diagnose --manifests FOLDER';

/** Exit codes: 0 where nothing was found, 1 where something was, 2 for a wrong argument. */
export async function main(args: readonly string[]): Promise<number> {
  let folder: string | undefined;
  try {
    folder = parseArgs({ args: [...args], options: { manifests: { type: 'string' } } }).values
      .manifests;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    return 2;
  }
  if (folder === undefined) {
    console.error(usage);
    return 2;
  }
  try {
    const manifests = await readManifests(folder, process.env);
    const faults = diagnoseManifests(manifests);
    for (const { where, message } of faults) console.error(`${where}: ${message}`);
    if (faults.length > 0) return 1;
    console.log(`${folder}: ${manifests.length} objects, nothing found.`);
    return 0;
  } catch (error) {
    if (!(error instanceof ManifestsUnreadable)) throw error;
    console.error(error.message);
    return 2;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
