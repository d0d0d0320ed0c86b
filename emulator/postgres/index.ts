export { type Cluster, type ClusterOptions, startCluster } from './cluster.js';
export { copyRunningCluster, copyStoppedCluster } from './copy-cluster.js';
export { createCluster, type NewCluster } from './create-cluster.js';
export type { Postgres } from './installation.js';
export { type Exit, type Leash, type LeashOptions, leash } from './leash.js';
export { removeWhenGone } from './removal.js';
export { giveTo, type RunAs } from './run-as.js';
export type { Durability, PostgresSettings } from './settings.js';
export { asSuperuser, identifier, literal } from './sql.js';
