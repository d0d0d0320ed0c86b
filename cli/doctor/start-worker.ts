import { ownCommand } from '../../local/own-command.js';
import { isCompiled } from '../../local/own-modules.js';

/** Tells a person how to start a worker. */
export const startAWorker =
  `start a worker${isCompiled ? '' : ' with: npm run worker'}; ` +
  `on the local stack: ${ownCommand} down, then ${ownCommand} up`;
