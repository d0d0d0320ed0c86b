import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import { z } from 'zod';

/*
 * What the attempts of one activity pass on to each other. They put it into their heartbeats, which the
 * server keeps and hands to the next attempt on any worker; so every heartbeat carries all of it.
 */

const notesSchema = z.record(z.string(), z.unknown());
const notes = new WeakMap<Context, Readonly<Record<string, unknown>>>();

/** The notes of this attempt and of those before it. */
export function attemptNotes(): Readonly<Record<string, unknown>> {
  return notes.get(Context.current()) ?? notesSchema.safeParse(activityInfo().heartbeatDetails).data ?? {};
}

/** Adds to the notes for later attempts. */
export function leaveNote(note: Readonly<Record<string, unknown>>): void {
  notes.set(Context.current(), { ...attemptNotes(), ...note });
  beat();
}

/** Sends a heartbeat with all notes. */
export function beat(): void {
  heartbeat(attemptNotes());
}
