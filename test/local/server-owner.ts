// A process that starts a Temporal server, tells its parent which, and stays: the test kills it.

import { startTemporalServer } from '../../local/temporal-server.js';

const [, , binary = '', stateDir = ''] = process.argv;
const { pid } = await startTemporalServer({ binary, stateDir, headless: true, searchAttributes: {} });
process.send?.(pid);
process.channel?.ref();
