import { setMaxListeners } from 'node:events';

/** A controller whose signal any number may wait for at once: of more than ten Node says that they are a leak. */
export function stopController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
