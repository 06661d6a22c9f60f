/** How much is measured; `--quick` takes less of everything. */
export interface Plan {
  rounds: number;
  warmUpMs: number;
  /** Of one measurement of throughput. */
  throughputMs: number;
  connections: number[];
  /** Of one measurement at a fixed rate. */
  rateMs: number;
  /** Chats in flight. */
  inFlight: number[];
  /** Rungs whose cost is followed as it grows. */
  inFlightRungs: ('A' | 'C')[];
  /** Of the model, while chats in flight are counted. */
  inFlightModelMs: number;
  /** Instances of analytics-service; none is measured where it is empty. */
  instances: number[];
  /** Characters of a user id. */
  userIdLengths: number[];
  /** Characters of a text. */
  textLengths: number[];
}

export const fullPlan: Plan = {
  rounds: 5,
  warmUpMs: 3000,
  throughputMs: 4000,
  connections: [16, 64],
  rateMs: 5000,
  inFlight: [1, 10, 100, 500, 1000, 2000],
  inFlightRungs: ['A', 'C'],
  inFlightModelMs: 2000,
  instances: [1, 2, 3],
  userIdLengths: [1, 128],
  // The least a greeting takes, and the most that the schema lets in.
  textLengths: [10, 16_000],
};

export const quickPlan: Plan = {
  rounds: 3,
  warmUpMs: 400,
  throughputMs: 400,
  connections: [16, 64],
  rateMs: 500,
  inFlight: [1, 300],
  inFlightRungs: ['C'],
  inFlightModelMs: 500,
  instances: [],
  userIdLengths: [],
  textLengths: [],
};
