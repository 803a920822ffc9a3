/**
 * Reads policies and schema once, at start: parses, validates strictly, collects the annotations, and leaves the set
 * pre-parsed inside Cedar. Nothing that does not validate is ever used.
 */
import {
  type DetailedError,
  type PolicyJson,
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';
import { digestOf } from '#action/canonical';
import type { Obligation } from '#action/verdict';
import { PolicyError } from './errors.js';

/** A file of policies, as read by whoever has access to files. */
export interface PolicyFile {
  /** Shown in messages. */
  readonly name: string;
  readonly text: string;
}

export interface PolicySet {
  /** The digest of schema and policies: what "the policies in force" means in an approval. */
  readonly version: string;
  /** The identifier under which Cedar keeps the pre-parsed set. */
  readonly preparsedId: string;
  readonly annotations: ReadonlyMap<string, PolicyAnnotations>;
}

/** What a policy asks for when it applies. */
export interface PolicyAnnotations {
  readonly effect: 'permit' | 'forbid';
  /** Only `forbid` with `@verdict("hold")` is a hold. */
  readonly hold: boolean;
  readonly obligations: readonly Obligation[];
  /** Continues the sentence that describes the effect; empty for permits. */
  readonly reason: string;
}

const OBLIGATION = /^(snapshot|measure|factor: totp|approvers: [1-9][0-9]?)$/;

/**
 * @throws PolicyError `POLICY_INVALID`, naming the file and what is wrong, when anything does not parse, does not validate
 * against the schema, lacks an `@id`, repeats one, or has an annotation that Firebreak does not know.
 */
export function loadPolicies(schema: PolicyFile, files: readonly PolicyFile[]): PolicySet {
  const policies: Record<string, string> = {};
  const annotations = new Map<string, PolicyAnnotations>();
  for (const file of files) {
    const parts = policySetTextToParts(file.text);
    if (parts.type === 'failure') throw invalid(file.name, parts.errors);
    if (parts.policy_templates.length > 0)
      throw invalid(file.name, [{ message: 'policy templates are not supported' }]);
    for (const text of parts.policies) {
      const parsed = policyToJson(text);
      if (parsed.type === 'failure') throw invalid(file.name, parsed.errors);
      const id = parsed.json.annotations?.['id'];
      if (!id)
        throw invalid(file.name, [
          { message: `a policy has no @id: \`${text.slice(0, 60).replaceAll(/\s+/g, ' ')}\`` },
        ]);
      if (annotations.has(id)) throw invalid(file.name, [{ message: `two policies have the @id \`${id}\`` }]);
      policies[id] = text;
      annotations.set(id, readAnnotations(file.name, id, parsed.json));
    }
  }
  const checked = validate({ schema: schema.text, policies: { staticPolicies: policies } });
  if (checked.type === 'failure') throw invalid(schema.name, checked.errors);
  const [first] = checked.validationErrors;
  // FAIL-CLOSED: a policy that errors is skipped by Cedar, so one that does not validate refuses to start.
  if (first) throw invalid(`policy \`${first.policyId}\``, [first.error]);

  const version = digestOf({ schema: schema.text, policies });
  const prepared = preparsePolicySet(version, { staticPolicies: policies });
  if (prepared.type === 'failure') throw invalid('policies', prepared.errors);
  return { version, preparsedId: version, annotations };
}

function readAnnotations(file: string, id: string, json: PolicyJson): PolicyAnnotations {
  const found = new Map(Object.entries(json.annotations ?? {}));
  found.delete('id');
  const take = (name: string) => {
    const value = found.get(name);
    found.delete(name);
    return value ?? undefined;
  };
  const verdict = take('verdict');
  const reason = take('reason') ?? '';
  const obligations = (take('obligation') ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const where = `${file}, policy \`${id}\``;
  for (const name of found.keys()) throw invalid(where, [{ message: `unknown annotation @${name}` }]);
  if (verdict !== undefined && (verdict !== 'hold' || json.effect === 'permit')) {
    throw invalid(where, [{ message: 'the only @verdict is "hold", and only a forbid can have it' }]);
  }
  const unknown = obligations.find((word) => !OBLIGATION.test(word));
  if (unknown !== undefined) throw invalid(where, [{ message: `unknown @obligation \`${unknown}\`` }]);
  return {
    effect: json.effect,
    hold: verdict === 'hold',
    // Checked against OBLIGATION above.
    obligations: obligations as Obligation[],
    reason,
  };
}

function invalid(
  where: string,
  errors: readonly Pick<DetailedError, 'message' | 'help'>[] | readonly { message: string }[],
) {
  const messages = errors.map((error) => error.message).join('; ');
  return new PolicyError('POLICY_INVALID', `${where}: ${messages}`, {
    hint: 'mend the policy; nothing starts with one that could be skipped',
  });
}
