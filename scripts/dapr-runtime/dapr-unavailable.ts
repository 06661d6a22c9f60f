/** No working Dapr can be had. The message is a sentence a person can act on. */
export class DaprUnavailable extends Error {
  override name = 'DaprUnavailable';
}
