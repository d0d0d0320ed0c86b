import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Lets in whoever knows the operator's password. */
export interface Operator {
  admits(password: string): boolean;
  /** What a browser keeps for the hours that a sign-in lasts. */
  pass(): string;
  knows(pass: string | undefined): boolean;
}

export const operatorHours = 8;

/** Nothing is stored: a pass carries its end and a signature. Another password ends every pass. */
export function makeOperator(password: string, secret: string): Operator {
  const key = createHash('sha256').update(`operator ${secret} ${password}`).digest();
  const signature = (ends: string) => createHmac('sha256', key).update(ends).digest('base64url');
  return {
    // Of the same length, so that the comparison takes the same time for every password.
    admits: (given) => timingSafeEqual(digest(given), digest(password)),
    pass() {
      const ends = String(Date.now() + operatorHours * 3_600_000);
      return `${ends}.${signature(ends)}`;
    },
    knows(pass) {
      const [ends = '', signed = ''] = pass?.split('.') ?? [];
      return Number(ends) > Date.now() && timingSafeEqual(digest(signed), digest(signature(ends)));
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
