/** Stands in for a database: how many messages each user has sent. */
const messageCounts = new Map([
  ['alice', 5],
  ['bob', 3],
]);

/** How many messages the user has sent; undefined for a user nobody has heard of. */
export function messageCountOf(userId: string): number | undefined {
  return messageCounts.get(userId);
}
