/**
 * Placeholders: what an agent holds instead of a credential. Random, shown once, kept only as a hash; worthless anywhere
 * but at a door, and there only for one resource of one environment.
 */
import type { Placeholder, ScramKeys } from '#action/credential';
import { sha256 } from '#base/bytes';
import type { Clock } from '#base/clock';
import { type Ids, randomText } from '#base/ids';
import { Secret } from '#base/secret';

/** `fbk_<environment>_` and 26 base-32 characters: 130 random bits. */
export function placeholderText(environment: string): string {
  return `fbk_${environment}_${randomText(26)}`;
}

/** True for a text that has the form of a placeholder, issued or not. */
export function looksLikePlaceholder(text: string): boolean {
  return /^fbk_[a-z0-9-]+_[0-9a-z]{26}$/.test(text);
}

export interface StoredPlaceholder extends Placeholder {
  readonly hash: Uint8Array;
  readonly issuedAt: number;
}

/** Every method is durable when it resolves. */
export interface PlaceholderStorage {
  /** Those that are not revoked. */
  active(): Promise<readonly StoredPlaceholder[]>;
  insert(placeholder: StoredPlaceholder): Promise<void>;
  /** Revokes what fits, and says which. */
  revoke(which: { readonly resource?: string; readonly sessionId?: string }, at: number): Promise<readonly string[]>;
}

export interface Placeholders {
  issue(options: {
    readonly environment: string;
    readonly resource: string;
    readonly sessionId?: string;
  }): Promise<{ placeholder: Placeholder; text: Secret<string> }>;
  identify(text: string): Placeholder | undefined;
  forResource(resource: string): readonly Placeholder[];
  revoke(which: { readonly resource?: string; readonly sessionId?: string }): Promise<readonly string[]>;
}

export interface PlaceholdersOptions {
  readonly storage: PlaceholderStorage;
  readonly clock: Clock;
  readonly ids: Ids;
  /** RFC 5802's keys for a password, with the salt and count of `#action/credential`. */
  readonly scramKeys: (password: string) => Promise<ScramKeys>;
}

export async function openPlaceholders({ storage, clock, ids, scramKeys }: PlaceholdersOptions): Promise<Placeholders> {
  let byHash = new Map<string, StoredPlaceholder>();
  const reload = async () => {
    byHash = new Map((await storage.active()).map((placeholder) => [hex(placeholder.hash), placeholder]));
  };
  await reload();

  return {
    async issue({ environment, resource, sessionId }) {
      const text = placeholderText(environment);
      const placeholder: StoredPlaceholder = {
        id: ids.next('ph'),
        environment,
        resource,
        sessionId,
        scram: await scramKeys(text),
        hash: sha256(text),
        issuedAt: clock.now(),
      };
      await storage.insert(placeholder);
      await reload();
      return { placeholder, text: new Secret(text) };
    },
    // The index is by hash, so the time of a look-up says nothing about how much of a placeholder was right.
    identify: (text) => byHash.get(hex(sha256(text))),
    forResource: (resource) => [...byHash.values()].filter((placeholder) => placeholder.resource === resource),
    async revoke(which) {
      const revoked = await storage.revoke(which, clock.now());
      await reload();
      return revoked;
    },
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
