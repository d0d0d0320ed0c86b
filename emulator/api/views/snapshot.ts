import { seconds } from '../../state/clock.js';
import type { Snapshot } from '../../state/history-records.js';

export function snapshotView(snapshot: Snapshot) {
  return {
    id: snapshot.id,
    name: snapshot.name,
    ...(snapshot.lsn && { lsn: snapshot.lsn }),
    ...(snapshot.timestamp && { timestamp: snapshot.timestamp }),
    source_branch_id: snapshot.source_branch_id,
    created_at: seconds(snapshot.created_at),
    ...(snapshot.expires_at && { expires_at: snapshot.expires_at }),
    manual: snapshot.manual,
  };
}
