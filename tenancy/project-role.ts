/**
 * What a Neon project is to its tenant. `live`: the tenant lives in it, or is going to. `next`: the target of a move.
 * `former`: the source of a move, until its grace period ends. `condemned`: it will be deleted, or may yet turn up
 * and then is deleted. `gone`: Neon has no such project. `pooled`: it was made ahead, and has no tenant yet.
 */
export type ProjectRole = 'live' | 'next' | 'former' | 'condemned' | 'gone' | 'pooled';
