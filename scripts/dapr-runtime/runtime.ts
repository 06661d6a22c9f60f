export interface DaprRuntime {
  /** Folder that holds `.dapr/bin/daprd`: the value for DAPR_RUNTIME_PATH. */
  root: string;
  /** Absolute path of the `dapr` executable. */
  cli: string;
  /** Absolute path of the sidecar. */
  daprd: string;
  /** Absolute path, where it lies beside daprd. */
  placement: string | undefined;
  /** Absolute path, where it lies beside daprd. */
  sentry: string | undefined;
  /** Such as `1.12.0`. */
  cliVersion: string;
  /** Such as `1.18.0`. */
  runtimeVersion: string;
  /** For people: `PATH`, `~/.dapr/bin`, `DAPR_RUNTIME_PATH` or `built here, in <folder>`. */
  origin: string;
}
