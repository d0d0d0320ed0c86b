import { isCompiled } from './own-modules.js';

/** How a person calls `tenantry`, for messages that tell what to do next. */
export const ownCommand = isCompiled ? 'npx tenantry' : 'npm run tenantry --';
