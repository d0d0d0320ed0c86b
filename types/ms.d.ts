/**
 * Temporal's `Duration` is a number of milliseconds or a string that `ms` reads. The `ms` it depends on has an export
 * map without types, so under NodeNext resolution every duration would silently be `any`.
 */
declare module 'ms' {
  type Unit =
    | 'ms'
    | 's'
    | 'm'
    | 'h'
    | 'd'
    | 'w'
    | 'y'
    | 'second'
    | 'seconds'
    | 'minute'
    | 'minutes'
    | 'hour'
    | 'hours'
    | 'day'
    | 'days';
  export type StringValue = `${number}` | `${number}${Unit}` | `${number} ${Unit}`;
}
