export type ValueType =
  | 'text'
  | 'integer'
  | 'boolean'
  | 'texts'
  | 'variables'
  | 'section'
  | 'sections';
export type Keys = Readonly<Record<string, ValueType>>;

// The `yaml:` tags of Dapr's CLI, 1.12 and the newest together: pkg/standalone/run.go and
// pkg/runfileconfig/run_file_config.go. The CLI ignores any other key without a word.
const shared: Keys = {
  configFilePath: 'text',
  appProtocol: 'text',
  apiListenAddresses: 'text',
  enableProfiling: 'boolean',
  logLevel: 'text',
  appMaxConcurrency: 'integer',
  placementHostAddress: 'text',
  schedulerHostAddress: 'text',
  resourcesPath: 'text',
  resourcesPaths: 'texts',
  appSSL: 'boolean',
  daprHTTPMaxRequestSize: 'integer',
  daprHTTPReadBufferSize: 'integer',
  maxBodySize: 'text',
  readBufferSize: 'text',
  enableAppHealthCheck: 'boolean',
  appHealthCheckPath: 'text',
  appHealthProbeInterval: 'integer',
  appHealthProbeTimeout: 'integer',
  appHealthThreshold: 'integer',
  enableApiLogging: 'boolean',
  runtimePath: 'text',
  env: 'variables',
  daprdLogDestination: 'text',
  appLogDestination: 'text',
};

export const rootKeys: Keys = {
  version: 'integer',
  name: 'text',
  common: 'section',
  apps: 'sections',
};

export const commonKeys: Keys = shared;

export const portKeys = [
  'appPort',
  'daprHTTPPort',
  'daprGRPCPort',
  'daprInternalGRPCPort',
  'metricsPort',
] as const;

export const appKeys: Keys = {
  ...shared,
  appID: 'text',
  appDirPath: 'text',
  appChannelAddress: 'text',
  command: 'texts',
  profilePort: 'integer',
  unixDomainSocket: 'text',
  containerImage: 'text',
  containerImagePullPolicy: 'text',
  createService: 'boolean',
  ...Object.fromEntries(portKeys.map((key) => [key, 'integer'] as const)),
};

/** Keys whose value is a path; a relative one starts at the folder of the file or of the app. */
export const pathKeys = [
  'configFilePath',
  'resourcesPath',
  'resourcesPaths',
  'runtimePath',
] as const;
