/** Something that keeps the services from running; the message is all that a person needs. */
export class Failure extends Error {
  override name = 'Failure';
}
