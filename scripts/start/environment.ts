const MODEL_VARIABLES = ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'GEMINI_API_KEY'] as const;

/** Whether the user's environment names no model, neither by key nor by URL; empty counts as unset. */
export function needsStandIn(env: NodeJS.ProcessEnv): boolean {
  return MODEL_VARIABLES.every((name) => isUnset(env[name]));
}

/**
 * The environment of `dapr run`, which its sidecars and apps inherit: the user's own, the runtime
 * to use, and the stand-in model where there is one.
 */
export function daprRunEnvironment(
  env: NodeJS.ProcessEnv,
  { runtimeRoot, standInUrl }: { runtimeRoot: string; standInUrl?: string | undefined },
): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(
    ([name, value]) => !(MODEL_VARIABLES.some((known) => known === name) && isUnset(value)),
  );
  return {
    ...Object.fromEntries(own),
    DAPR_RUNTIME_PATH: runtimeRoot,
    // Sidecars then announce loopback over mDNS, not an address that others on the network reach.
    DAPR_HOST_IP: '127.0.0.1',
    ...(standInUrl && { OPENAI_BASE_URL: standInUrl, OPENAI_API_KEY: 'stand-in' }),
  };
}

function isUnset(value: string | undefined): boolean {
  return value === undefined || value.trim() === '';
}
