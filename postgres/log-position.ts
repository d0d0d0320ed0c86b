/** A position in the write-ahead log, in Postgres' notation: `0/1DE2850`. */
export type LogPosition = string;

export const logPositionPattern = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i;

/** Positions compare as numbers, not as text. */
export function positionValue(position: LogPosition): bigint {
  const [high = '0', low = '0'] = position.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
