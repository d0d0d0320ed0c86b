export { findFleetFile as fleetFile } from '../worker/fleet-file.js';
