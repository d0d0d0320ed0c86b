// For a worker's process: says when it has come how far.

/** Says it to the process that started this one, by the clock of the machine. */
export const mark = (name) => process.send({ name, at: performance.timeOrigin + performance.now() });

/** Marks each call of a method, and each end of one. */
export function markCalls(object, method, begun, ended) {
  const original = object[method];
  object[method] = async function (...args) {
    mark(begun);
    const result = await original.apply(this, args);
    mark(ended);
    return result;
  };
}
