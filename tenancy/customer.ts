const longestCustomer = 128;

/** Control, format, unassigned, private-use and surrogate characters, and line or paragraph separators. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;

/** What is wrong with the name of a customer, in one sentence; `undefined` when it is valid. */
export function customerProblem(raw: unknown): string | undefined {
  if (typeof raw !== 'string') return `a customer is a string, not ${raw === null ? 'null' : typeof raw}`;
  const length = [...raw].length;
  if (length === 0 || length > longestCustomer)
    return `a customer has 1 to ${longestCustomer} characters, this one has ${length}`;
  return unprintable.test(raw) ? 'a customer has printable characters only' : undefined;
}
