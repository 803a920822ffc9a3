import { bare, children, constantOf, list, type Node, stringOf, type Tree, text, unwrap } from './tree.js';

const PLAIN = /^[a-z_\u0080-\u{10ffff}][a-z0-9_$\u0080-\u{10ffff}]*$/u;
// Controls, bidirectional overrides and line separators could make the approver read another name than the server does.
const MISLEADING = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** PostgreSQL cuts identifiers at 63 bytes; names in string literals can be longer. */
const MAX_SHOWN = 63;

/** One identifier as one would write it: quoted when it must be, with nothing in it that a terminal would obey. */
export function shown(identifier: string): string {
  const short = identifier.length > MAX_SHOWN ? `${identifier.slice(0, MAX_SHOWN)}…` : identifier;
  const quoted = PLAIN.test(short) ? short : `"${short.replaceAll('"', '""')}"`;
  return visible(quoted);
}

/** The text with everything written out that would be obeyed rather than seen. */
export function visible(value: string): string {
  return value.replace(MISLEADING, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

export function dotted(parts: readonly string[]): string {
  return parts.map(shown).join('.');
}

/** A setting's name: case does not matter, and a dot makes it an extension's or the application's own. */
export function settingName(name: string): string {
  return dotted(name.toLowerCase().split('.'));
}

/** Text out of a literal (a setting's value, a channel), made safe to show. */
export function shownText(value: string): string {
  const short = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  return visible(short);
}

/** The parts of a RangeVar's name as written: at most catalog, schema, relation. */
export function relationParts(relation: Node): readonly string[] {
  return ['catalogname', 'schemaname', 'relname'].map((member) => text(relation, member)).filter((part) => part !== '');
}

export function relationName(relation: Node | undefined): string {
  return relation === undefined ? 'an unnamed relation' : dotted(relationParts(relation));
}

/** The parts of a list of String nodes. */
export function nameParts(node: Node, member: string): readonly string[] {
  return children(node, member).flatMap((part) => stringOf(part) ?? []);
}

/** Role names; RoleSpec knows some by their part in the session (CURRENT_USER). */
export function roleName(role: Node | undefined): string {
  if (role === undefined) return 'the current role';
  switch (text(role, 'roletype')) {
    case 'ROLESPEC_PUBLIC':
      return 'PUBLIC';
    case 'ROLESPEC_CURRENT_ROLE':
    case 'ROLESPEC_CURRENT_USER':
      return 'the current role';
    case 'ROLESPEC_SESSION_USER':
      return 'the session role';
    default:
      return shown(text(role, 'rolename'));
  }
}

export function roleNames(node: Node, member: string): string {
  return listed(
    children(node, member).map((role) =>
      role.type === 'AccessPriv' ? shown(text(role.node, 'priv_name')) : roleName(role.node),
    ),
  );
}

/** Names one after another, without a card's length being up to who wrote the statement. */
export function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const rest = distinct.length - 8;
  return rest > 0 ? `${distinct.slice(0, 8).join(', ')} and ${rest} more` : distinct.join(', ');
}

/** The name of an object in any of the forms in which DROP, ALTER, COMMENT and GRANT give it. */
export function objectName(tree: Tree | undefined): string {
  switch (tree?.type) {
    case undefined:
      return 'an unnamed object';
    case 'RangeVar':
      return relationName(tree.node);
    case 'List':
      return list(tree.node, 'items')
        .map((item) => objectName(unwrap(item)))
        .join('.');
    case 'ObjectWithArgs':
      return dotted(nameParts(tree.node, 'objname'));
    case 'TypeName':
      return dotted(nameParts(tree.node, 'names'));
    case 'RoleSpec':
      return roleName(tree.node);
    default: {
      const constant = constantOf(tree);
      return constant === undefined ? 'an unnamed object' : shown(constant);
    }
  }
}

/** The relation in a bare member. */
export function relationIn(node: Node, member: string): string {
  return relationName(bare(node, member));
}
