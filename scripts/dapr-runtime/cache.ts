import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export function homeFolder(env: NodeJS.ProcessEnv): string {
  return env['HOME'] || homedir();
}

/** The project's folder for what can be made again; it may not exist yet. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const chosen = env['XDG_CACHE_HOME'] ?? '';
  // The XDG specification: a relative path is to be ignored.
  const base = isAbsolute(chosen) ? chosen : join(homeFolder(env), '.cache');
  return join(base, 'dapr-service-invocation');
}
