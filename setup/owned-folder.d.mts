/** Notes in a folder that this process works in it. */
export function noteOwner(folder: string): Promise<void>;

/**
 * What has become of the process that works in a folder. Unknown where nothing whole says which it is, for it may be just writing
 * that, and where it is of another machine or container, of whose processes nobody here can tell.
 */
export function ownerOf(folder: string): Promise<'running' | 'gone' | 'unknown'>;
