import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { uniqueAppId } from '../live/app-id.ts';
import { freePorts } from '../live/ports.ts';
import { waitUntil } from '../live/sidecar-process.ts';
import { type ChatAnswer, chat } from './chat-client.ts';
import { openScope, type Scope } from './scope.ts';
import { createScriptedModel, type ScriptedModel } from './scripted-model.ts';
import { createService, type Service, type ServiceName } from './service.ts';
import { createSidecarPart, type Sidecar } from './sidecar.ts';

const daprFolder = path.resolve(import.meta.dirname, '../../dapr');

/** Milliseconds that chat-service waits for analytics, and for the model. */
export const deadlines = { analyticsMs: 2000, modelMs: 1500 } as const;

/** A service beside its sidecar. */
export interface Instance {
  service: Service;
  sidecar: Sidecar;
}

/** Both services beside their sidecars, and the model: real processes on ports of their own. */
export interface System {
  scope: Scope;
  model: ScriptedModel;
  /** Instances of analytics-service, all under one app id. */
  analytics: readonly Instance[];
  /** Instances of chat-service, all under one app id. */
  chats: readonly Instance[];
  chatAppId: string;
  /** A chat with the first instance. */
  chat(user: string, text?: string): Promise<ChatAnswer>;
  stop(): Promise<void>;
}

export interface SystemOptions {
  analyticsInstances?: number;
  chatInstances?: number;
  /** For chat-service. */
  env?: Record<string, string>;
  /** For the sidecars: mTLS. */
  security?: {
    sentryAddress: string;
    env: Record<string, string>;
  };
}

/** Starts the system, and resolves when a chat has come through all of it. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const scope = openScope();
  try {
    const system = await assemble(scope, options);
    await waitUntil('a chat knows its count', async () => {
      const { analytics } = await system.chat('alice');
      return analytics === 'ok';
    });
    return system;
  } catch (error) {
    await scope.end();
    throw error;
  }
}

async function assemble(scope: Scope, options: SystemOptions): Promise<System> {
  const { analyticsInstances = 1, chatInstances = 1 } = options;
  const ports = await freePorts(1 + 5 * (analyticsInstances + chatInstances));
  const takePorts = (count: number) => ports.splice(0, count);
  const [modelPort = 0] = takePorts(1);
  const model = createScriptedModel(modelPort);
  await model.listen();

  const analyticsAppId = uniqueAppId('analytics');
  const chatAppId = uniqueAppId('chat');
  const resourcesPath = writeResources(scope.folder, analyticsAppId);
  const instance = (name: ServiceName, appId: string, env: Record<string, string>) => {
    const [port = 0, ...sidecarPorts] = takePorts(5);
    const sidecar = createSidecarPart(scope, sidecarPorts, {
      appId,
      appPort: port,
      resourcesPath,
      configPath: path.join(daprFolder, 'configuration.yaml'),
      ...options.security,
    });
    const ownEnv = { DAPR_HTTP_PORT: String(sidecar.httpPort), ...env };
    return { service: createService(scope, { name, port, env: ownEnv }), sidecar };
  };
  const analytics = Array.from({ length: analyticsInstances }, () =>
    instance('analytics-service', analyticsAppId, {}),
  );
  const chats = Array.from({ length: chatInstances }, () =>
    instance('chat-service', chatAppId, {
      ANALYTICS_APP_ID: analyticsAppId,
      ANALYTICS_TIMEOUT_MS: String(deadlines.analyticsMs),
      MODEL_TIMEOUT_MS: String(deadlines.modelMs),
      OPENAI_BASE_URL: model.baseUrl,
      ...options.env,
    }),
  );
  await Promise.all([...analytics, ...chats].map(({ service }) => service.start()));
  await Promise.all([...analytics, ...chats].map(({ sidecar }) => sidecar.start()));
  const port = chats[0]?.service.port ?? 0;

  return {
    scope,
    model,
    analytics,
    chats,
    chatAppId,
    chat: (user, text = 'Hello') => chat({ port, user, text }),
    async stop() {
      await Promise.all([...analytics, ...chats].map(({ sidecar }) => sidecar.end()));
      await scope.end();
      await model.close();
    },
  };
}

/** The policy that is shipped, aimed at this system's analytics. */
function writeResources(folder: string, appId: string): string {
  const target = path.join(folder, 'resources');
  mkdirSync(target);
  const policy = readFileSync(path.join(daprFolder, 'resources/resiliency.yaml'), 'utf8');
  writeFileSync(
    path.join(target, 'resiliency.yaml'),
    policy.replaceAll('analytics-service:', `${appId}:`),
  );
  return target;
}

/** The first instance of each service, for faults that need no second one. */
export function firstInstances({ analytics, chats }: System): {
  callee: Instance;
  caller: Instance;
} {
  const [callee] = analytics;
  const [caller] = chats;
  if (!callee || !caller) throw new Error('The system has no instances');
  return { callee, caller };
}
