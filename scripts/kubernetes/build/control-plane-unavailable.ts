/** No control plane can be had here. The message is a sentence a person can act on. */
export class ControlPlaneUnavailable extends Error {
  override name = 'ControlPlaneUnavailable';
}
