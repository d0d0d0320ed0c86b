/** Does the work while nobody else holds the lock, a folder made for it. A holder that was killed holds it no more. */
export function withLock<T>(lock: string, work: () => Promise<T>): Promise<T>;
