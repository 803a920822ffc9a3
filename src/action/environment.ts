/** Where an effect lands. What is not declared counts as protected: see `UNDECLARED`. */
export interface Environment {
  readonly name: string;
  readonly protected: boolean;
  /** What an approval of a hold here needs. */
  readonly approvals: ApprovalRule;
  /** The weakest tier of containment whose sessions may be given this environment's placeholders. */
  readonly tier: Tier;
}

export interface ApprovalRule {
  /** How many distinct people must approve. */
  readonly approvers: number;
  readonly factor: Factor;
}

/** One factor exists so far: a time-based one-time password (RFC 6238). */
export type Factor = 'totp';

/** How strongly a session is fenced in, weakest first (SECURITY.md). */
export type Tier = 'advisory' | 'contained' | 'remote';

export const TIERS: readonly Tier[] = ['advisory', 'contained', 'remote'];

/** True when a session fenced in as `achieved` may hold what demands `demanded`. */
export function tierSuffices(achieved: Tier, demanded: Tier): boolean {
  return TIERS.indexOf(achieved) >= TIERS.indexOf(demanded);
}

/**
 * The machine on which an agent works: its files, repositories, processes and containers. It is there without being
 * declared, is not protected, and every session may touch it.
 */
export const LOCAL_ENVIRONMENT = 'local';

/** Something that can be harmed. */
export interface ResourceRef {
  /** What sort of thing: `postgres`, `railway:volume`, `http-host`, `table`... */
  readonly kind: string;
  /** Its name within its kind, as a person would recognise it. */
  readonly name: string;
}

/**
 * The environment of everything that nothing declares.
 *
 * FAIL-CLOSED: an undeclared environment is protected.
 */
export function undeclaredEnvironment(name: string): Environment {
  return { name, protected: true, approvals: { approvers: 1, factor: 'totp' }, tier: 'advisory' };
}
