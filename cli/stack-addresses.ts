import type { ReadyStack } from '../local/running-stack.js';

/** The addresses of a stack's embedded parts, one on each line, for a person. */
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
