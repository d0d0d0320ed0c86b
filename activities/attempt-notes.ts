import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import { z } from 'zod';

/*
 * What the attempts of one activity leave to each other. They leave it in their heartbeats, which the server keeps and hands
 * to the next attempt, on whatever worker that is; so a beat always carries all of it.
 */

const notesSchema = z.record(z.string(), z.unknown());
const notes = new WeakMap<Context, Readonly<Record<string, unknown>>>();

/** What this attempt and those before it have left. */
export function attemptNotes(): Readonly<Record<string, unknown>> {
  return notes.get(Context.current()) ?? notesSchema.safeParse(activityInfo().heartbeatDetails).data ?? {};
}

/** Leaves something to the attempts that come after, besides what is there. */
export function leaveNote(note: Readonly<Record<string, unknown>>): void {
  notes.set(Context.current(), { ...attemptNotes(), ...note });
  beat();
}

/** Tells the server that this attempt lives. */
export function beat(): void {
  heartbeat(attemptNotes());
}
