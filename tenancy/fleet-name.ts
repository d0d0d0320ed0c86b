/**
 * A fleet's name is part of names at Neon, in Temporal and in Postgres, so it has only characters that all three
 * accept.
 */
export const fleetNamePattern = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

export const fleetNameRule = 'is 1 to 32 lower-case letters, digits and hyphens, a letter first';
