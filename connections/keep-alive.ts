/** After ten idle seconds, TCP checks whether the other side of a connection is still there. */
export const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 } as const;
