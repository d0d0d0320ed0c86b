import { heartbeat } from '@temporalio/activity';

const everyMs = 1_000;

/** Says that the work goes on for as long as it does, so that another worker takes it over soon when this one dies. */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(heartbeat, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
