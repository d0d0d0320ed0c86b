/**
 * Describes what is wrong with the name of a time zone, in one sentence; `undefined` when IANA has it. The check is
 * case-sensitive, because the server looks up the name among files.
 */
export function timeZoneProblem(name: string): string | undefined {
  const unknown = 'is no time zone of IANA, such as Europe/Berlin or UTC';
  if (!/^[A-Z]/i.test(name)) return unknown;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    const miswritten = timeZone !== name && timeZone.toLowerCase() === name.toLowerCase();
    return miswritten ? `is written ${timeZone}` : undefined;
  } catch {
    return unknown;
  }
}
