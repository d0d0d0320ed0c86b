import type { ReadyStack } from '../local/running-stack.js';

/** Where the embedded parts of a stack answer, a line each, for a person. */
export function stackAddresses({
  uiUrl,
  environment,
  emulatorControlUrl: control,
}: Pick<ReadyStack, 'uiUrl' | 'environment' | 'emulatorControlUrl'>): string[] {
  const { TEMPORAL_ADDRESS: temporal, NEON_API_HOST: emulator } = environment;
  return [
    ...(uiUrl === undefined ? [] : [`  Temporal UI    ${uiUrl}`]),
    ...(temporal === undefined ? [] : [`  Temporal       ${temporal}`]),
    ...(emulator === undefined ? [] : [`  Neon emulator  ${emulator}`]),
    ...(control === undefined ? [] : [`  its faults     ${control}`]),
  ];
}
