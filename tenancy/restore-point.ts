/** The target of a restore: the name of a snapshot or a kept state, or a moment, as ISO 8601 with its offset. */
export type RestorePoint =
  | { readonly snapshot: string }
  | { readonly time: string }
  | { readonly state: string };

/** As text: `snapshot before-import`. */
export function restorePointIn(to: RestorePoint): string {
  return Object.entries(to)
    .map(([kind, name]) => `${kind} ${String(name)}`)
    .join(', ');
}
