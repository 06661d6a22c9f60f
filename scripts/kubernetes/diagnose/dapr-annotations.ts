/**
 * What Dapr 1.18 reads of a pod's annotations, without the prefix `dapr.io/`
 * (dapr/dapr pkg/injector/annotations/annotations.go).
 */
export const daprAnnotations: readonly string[] = `
actors-disseminate-timeout api-token-secret app-channel-address app-health-check-path
app-health-probe-interval app-health-probe-timeout app-health-threshold app-id app-max-concurrency
app-port app-protocol app-ssl app-token-secret block-shutdown-duration component-container config
debug-port disable-builtin-k8s-secret-store disable-init-endpoints enable-api-logging
enable-app-health-check enable-debug enable-metrics enable-native-sidecar enable-profiling enabled
env env-from-secret graceful-shutdown-seconds grpc-port http-max-request-size http-read-buffer-size
inject-pluggable-components internal-grpc-port log-as-json log-level max-body-size metrics-port
placement-host-address pluggable-components pluggable-components-sockets-folder read-buffer-size
scheduler-host-address sentry-request-jwt-audiences sidecar-cpu-limit sidecar-cpu-request
sidecar-image sidecar-listen-addresses sidecar-liveness-probe-delay-seconds
sidecar-liveness-probe-period-seconds sidecar-liveness-probe-threshold
sidecar-liveness-probe-timeout-seconds sidecar-memory-limit sidecar-memory-request
sidecar-readiness-probe-delay-seconds sidecar-readiness-probe-period-seconds
sidecar-readiness-probe-threshold sidecar-readiness-probe-timeout-seconds
sidecar-seccomp-profile-type sidecar-svc-annotations unix-domain-socket-path volume-mounts
volume-mounts-rw
`
  .trim()
  .split(/\s+/);

/** The annotation that was probably meant, where one differs by two letters at most. */
export function nearestAnnotation(name: string): string | undefined {
  const [nearest] = daprAnnotations
    .map((known) => ({ known, distance: editDistance(name, known) }))
    .sort((one, other) => one.distance - other.distance);
  return nearest !== undefined && nearest.distance <= 2 ? nearest.known : undefined;
}

/** How many letters have to be inserted, removed or replaced (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const replace = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replace, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
