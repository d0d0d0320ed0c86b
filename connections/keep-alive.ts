/** Without a word for ten seconds, a connection is asked whether the other side is still there. */
export const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 } as const;
