import { vi } from 'vitest';

// Generous, since starting a few processes takes its time on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

/** Waits for something that other processes do. */
export async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 10_000, interval: 20 });
}
